namespace ObjectStore.Server.Objects;

/// <summary>Values are stored.</summary>
internal enum VersioningState : byte
{
    Unversioned = 0,
    Enabled = 1,
    Suspended = 2,
}

internal sealed record BucketInfo(string Name, ulong Id, string OwnerId, string Region, DateTimeOffset CreatedAt, VersioningState Versioning, bool ObjectLockEnabled);

internal sealed record CreateBucketRequest
{
    public required string Name { get; init; }
    public required string OwnerId { get; init; }
    public required string Region { get; init; }
    public bool ObjectLock { get; init; }

    /// <summary>Most buckets of one owner; 0 is no limit.</summary>
    public int MaxBucketsOfOwner { get; init; }
}

internal sealed record ListBucketsRequest
{
    /// <summary>Null: everybody's.</summary>
    public string? OwnerId { get; init; }
    public string? Region { get; init; }
    public string Prefix { get; init; } = "";

    /// <summary>Exclusive; what <see cref="BucketPage.NextStartAfter"/> gave.</summary>
    public string? StartAfter { get; init; }
    public int MaxBuckets { get; init; } = 10_000;
}

/// <param name="NextStartAfter">Null when this page is the last.</param>
internal sealed record BucketPage(IReadOnlyList<BucketInfo> Buckets, string? NextStartAfter);

/// <param name="Objects">Current versions.</param>
/// <param name="Versions">All versions with content, current or not.</param>
/// <param name="Bytes">Of all versions.</param>
internal readonly record struct BucketUsage(long Objects, long Versions, long DeleteMarkers, long Bytes);
