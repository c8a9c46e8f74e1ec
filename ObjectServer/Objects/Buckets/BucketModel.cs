namespace ObjectStore.Server.Objects;

/// <summary>Values are stored.</summary>
internal enum VersioningState : byte
{
    Unversioned = 0,
    Enabled = 1,
    Suspended = 2,
}

internal sealed record BucketInfo(string Name, ulong Id, string OwnerId, string Region, DateTimeOffset CreatedAt, VersioningState Versioning, bool ObjectLockEnabled)
{
    /// <summary>
    /// With <see cref="Id"/> (which is never used again) the key of a cache: every change of the bucket's settings or of one of its
    /// documents makes it greater, so that what was made of them is right while it stays the same.
    /// </summary>
    public ulong ConfigVersion { get; init; }

    /// <summary>Opaque here; empty is the owner's default.</summary>
    public ReadOnlyMemory<byte> Acl { get; init; }

    /// <summary>Of objects whose writers name none; null is STANDARD.</summary>
    public string? StorageClass { get; init; }

    public DefaultRetention? DefaultRetention { get; init; }

    /// <summary>Null: objects whose writers ask for nothing are stored plain.</summary>
    public BucketEncryption? Encryption { get; init; }

    /// <summary>Null: it may hold whatever there is room for.</summary>
    public BucketQuota? Quota { get; init; }

    /// <summary>Null: requests are not recorded.</summary>
    public BucketLogging? Logging { get; init; }

    /// <summary>Null: new objects are stored as they are.</summary>
    public BucketCompression? Compression { get; init; }
}

/// <summary>A configuration document of a bucket; kinds are "policy", "cors" and so on.</summary>
internal readonly record struct BucketDocument(string Kind, ReadOnlyMemory<byte> Bytes);

/// <summary>A bucket and documents of it as one snapshot has them.</summary>
/// <param name="Documents">In the order of the kinds that were asked for; null where there is none.</param>
internal sealed record BucketSettings(BucketInfo Bucket, IReadOnlyList<ReadOnlyMemory<byte>?> Documents);

internal sealed record CreateBucketRequest
{
    public required string Name { get; init; }
    public required string OwnerId { get; init; }
    public required string Region { get; init; }
    public bool ObjectLock { get; init; }

    /// <summary>Opaque here; empty is the owner's default.</summary>
    public ReadOnlyMemory<byte> Acl { get; init; }

    /// <summary>Documents that the bucket has from its first moment.</summary>
    public IReadOnlyList<BucketDocument> Documents { get; init; } = [];

    /// <summary>Most buckets of one owner; 0 is no limit. Passed by as many as are made at the same moment.</summary>
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
/// <param name="PartBytes">Of the parts of unfinished uploads; counted only in buckets that have, or once had, a quota.</param>
internal readonly record struct BucketUsage(long Objects, long Versions, long DeleteMarkers, long Bytes, long PartBytes = 0);

/// <summary>What a bucket may hold at most. Each is 1 or more, or null for no bound.</summary>
/// <param name="MaxBytes">Of all versions, as clients sent them, and of the parts of unfinished uploads.</param>
/// <param name="MaxObjects">All versions, current or not; delete markers are none.</param>
internal readonly record struct BucketQuota(long? MaxBytes, long? MaxObjects);

/// <summary>A quota and what there is of it.</summary>
internal readonly record struct QuotaUsage(BucketQuota Quota, long Bytes, long Objects);
