using System.Text.Json.Serialization;

namespace ObjectStore.Client.Admin;

/// <summary>A bucket as the admin API tells it, whoever owns it.</summary>
public sealed record OwnedBucketDocument
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

    /// <summary>Absent where there is none.</summary>
    public BucketQuotaDocument? Quota { get; init; }
}

/// <summary>Exact, as of the answer.</summary>
/// <param name="Objects">Current versions.</param>
/// <param name="Versions">All versions with content, current or not.</param>
/// <param name="Bytes">Of all versions, as clients wrote them.</param>
public sealed record BucketUsageDocument(long Objects, long Versions, long DeleteMarkers, long Bytes);

/// <param name="Next">For the parameter after of the next page; absent on the last.</param>
public sealed record BucketListDocument(IReadOnlyList<OwnedBucketDocument> Buckets, string? Next = null);

/// <summary>What a bucket may hold, and what it holds of that: exact, as of the answer.</summary>
public sealed record BucketQuotaDocument
{
    /// <summary>Of all versions, as clients wrote them, and of the parts of unfinished uploads; absent for no bound.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>All versions with content; absent for no bound.</summary>
    public long? MaxObjects { get; init; }

    public required long UsedBytes { get; init; }

    public required long UsedObjects { get; init; }
}

/// <summary>One or both; 1 or more.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NewBucketQuotaDocument
{
    public long? MaxBytes { get; init; }

    public long? MaxObjects { get; init; }
}

/// <summary>What new objects of a bucket are compressed.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BucketCompressionDocument
{
    public required bool Enabled { get; init; }

    /// <summary>1 (fastest, and if absent) to 12; absent where it is off.</summary>
    public int? Level { get; init; }

    /// <summary>Media types, also text/*. With no types and no extensions: all but what is known to be compressed already.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Of keys, such as .log.</summary>
    public IReadOnlyList<string>? Extensions { get; init; }
}

/// <summary>The storage class of objects whose writers name none.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BucketStorageClassDocument
{
    /// <summary>STANDARD, or one that the server has.</summary>
    public required string StorageClass { get; init; }
}
