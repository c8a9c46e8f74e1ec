namespace ObjectStore.Cosi.Buckets;

/// <param name="Name">The suggested name, or the id where the caller has generated one before.</param>
/// <param name="Parameters">The bucket class's, as they came.</param>
internal sealed record BucketRequest(ApiVersion Version, string Name, IReadOnlyDictionary<string, string> Parameters);

/// <param name="Id">The bucket's name in the server.</param>
/// <param name="NameWasId">The request named it by its id, not by a name that the id was made of.</param>
internal sealed record ProvisionedBucket(string Id, bool NameWasId);

/// <summary>Makes, finds and deletes buckets. All calls may be repeated and may run at once, also for the same bucket.</summary>
internal interface IBucketProvisioner
{
    /// <summary>The id that the bucket will have. Touches nothing in the server. The id of an id is that id.</summary>
    Outcome<string> GenerateId(BucketRequest request);

    /// <summary>Makes the bucket, or finds it as it was made before, also by a call that ended half way.</summary>
    Task<Outcome<ProvisionedBucket>> CreateAsync(BucketRequest request, CancellationToken ct);

    /// <summary>Finds a bucket that was there before COSI.</summary>
    Task<Outcome<ProvisionedBucket>> GetAsync(BucketRequest request, CancellationToken ct);

    /// <summary>Deletes the bucket. One that is unknown is deleted.</summary>
    Task<Outcome<Done>> DeleteAsync(BucketRequest request, CancellationToken ct);
}
