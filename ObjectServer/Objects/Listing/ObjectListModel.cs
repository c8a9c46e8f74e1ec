using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record ListRequest
{
    public required string Bucket { get; init; }
    public string Prefix { get; init; } = "";

    /// <summary>Null or empty: no grouping.</summary>
    public string? Delimiter { get; init; }

    /// <summary>
    /// Exclusive: v1's marker, v2's start-after, or <see cref="ObjectPage.NextStartAfter"/>. Equal to a common
    /// prefix, it skips everything below that prefix.
    /// </summary>
    public string? StartAfter { get; init; }

    /// <summary>Whether each object's restored copy is to be told, which has all of its row read.</summary>
    public bool WithRestores { get; init; }

    /// <summary>Keys and common prefixes together, 0 to 1,000.</summary>
    public int MaxKeys { get; init; } = 1000;
}

internal readonly record struct ListedObject(
    string Key, string ETag, long LengthBytes, DateTimeOffset LastModified, string? StorageClass, string? OwnerId,
    ChecksumAlgorithm ChecksumAlgorithm, ChecksumType ChecksumType)
{
    public RestoreInfo? Restore { get; init; }
}

/// <param name="NextStartAfter">The last key or common prefix of a truncated page; null when it is the last page.</param>
internal sealed record ObjectPage(IReadOnlyList<ListedObject> Objects, IReadOnlyList<string> CommonPrefixes, string? NextStartAfter)
{
    public bool IsTruncated => NextStartAfter is not null;
}
