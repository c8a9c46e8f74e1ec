namespace ObjectStore.Cosi.Access;

/// <summary>How a workload proves who it is.</summary>
internal enum AccessAuthentication
{
    /// <summary>An access key and its secret.</summary>
    Key,

    /// <summary>The projected token of a service account (v1alpha1 calls it IAM).</summary>
    ServiceAccount,
}

/// <summary>What is asked for of one kind of things in a bucket.</summary>
internal enum AccessMode
{
    /// <summary>Not asked for: the least that works.</summary>
    Any,
    ReadWrite,
    ReadOnly,
    WriteOnly,
}

/// <param name="ObjectMetadata">Tags of objects. Of a request that has one mode only, that one.</param>
/// <param name="BucketMetadata">Tags and settings of the bucket.</param>
internal readonly record struct AccessModes(AccessMode ObjectData, AccessMode ObjectMetadata, AccessMode BucketMetadata);

/// <param name="BucketId">The bucket's name in the server; a legal name, which may not exist.</param>
/// <param name="Modes">Null in v1alpha1, which has none: the access class's parameters decide.</param>
internal sealed record BucketGrant(string BucketId, AccessModes? Modes);

/// <summary>What an access is to be. The names are checked for their form, the parameters are not yet read.</summary>
internal sealed record AccessRequest
{
    public required ApiVersion Version { get; init; }

    /// <summary>The account's name, or its id where the caller has generated one before: the id of an id is the id itself.</summary>
    public required string AccountName { get; init; }

    public required AccessAuthentication Authentication { get; init; }

    /// <summary>The service account's name as the request has it; empty with keys, and always in v1alpha1.</summary>
    public required string ServiceAccountName { get; init; }

    /// <summary>At least one, each bucket once.</summary>
    public required IReadOnlyList<BucketGrant> Buckets { get; init; }

    /// <summary>The access class's, as they came.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }
}

/// <summary>An access that is to end. Nothing of it need exist.</summary>
internal sealed record RevokeRequest
{
    public required ApiVersion Version { get; init; }

    /// <summary>Empty when the access was deleted before its id was stored (v1alpha1): nothing can be found by it, and the call must be OK.</summary>
    public required string AccountId { get; init; }

    /// <summary>Those of the access; may be empty.</summary>
    public required IReadOnlyList<string> BucketIds { get; init; }

    public required IReadOnlyDictionary<string, string> Parameters { get; init; }
}

/// <param name="AccessKeyId">Null where there are no keys, as with service accounts.</param>
/// <param name="SecretAccessKey">Null with <paramref name="AccessKeyId"/>.</param>
internal sealed record GrantedAccess(string AccountId, string? AccessKeyId, Secret? SecretAccessKey);
