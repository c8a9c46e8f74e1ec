namespace ObjectStore.Server.Admin.Wire;

/// <summary>A bucket as the admin API tells it, whoever owns it.</summary>
internal sealed record OwnedBucketDocument
{
    public required string Name { get; init; }

    /// <summary>Absent when the account that owned it is gone.</summary>
    public string? OwnerAccountId { get; init; }

    public string? OwnerName { get; init; }

    public required string OwnerCanonicalId { get; init; }

    public required string Region { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>unversioned, enabled or suspended.</summary>
    public required string Versioning { get; init; }

    public required bool ObjectLock { get; init; }

    public required BucketUsageDocument Usage { get; init; }
}

/// <summary>Exact, as of the answer.</summary>
/// <param name="Objects">Current versions.</param>
/// <param name="Versions">All versions with content, current or not.</param>
/// <param name="Bytes">Of all versions, as clients wrote them.</param>
internal sealed record BucketUsageDocument(long Objects, long Versions, long DeleteMarkers, long Bytes);

/// <param name="Next">For the parameter after of the next page; absent on the last.</param>
internal sealed record BucketListDocument(IReadOnlyList<OwnedBucketDocument> Buckets, string? Next = null);
