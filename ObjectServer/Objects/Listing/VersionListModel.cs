using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record ListVersionsRequest
{
    public required string Bucket { get; init; }
    public string Prefix { get; init; } = "";
    public string? Delimiter { get; init; }
    public string? KeyMarker { get; init; }

    /// <summary>With <see cref="KeyMarker"/>: continues behind this version of that key; else behind all its versions.</summary>
    public string? VersionIdMarker { get; init; }
    public int MaxKeys { get; init; } = 1000;

    /// <inheritdoc cref="ListRequest.WithRestores"/>
    public bool WithRestores { get; init; }
}

internal readonly record struct ListedVersion(
    string Key, string VersionId, bool IsLatest, bool IsDeleteMarker, string ETag, long LengthBytes, DateTimeOffset LastModified,
    string? StorageClass, string? OwnerId, ChecksumAlgorithm ChecksumAlgorithm, ChecksumType ChecksumType)
{
    public RestoreInfo? Restore { get; init; }
}

/// <param name="Versions">Versions and delete markers by key, newest first.</param>
/// <param name="NextKeyMarker">Null when it is the last page.</param>
/// <param name="NextVersionIdMarker">Null behind a common prefix.</param>
internal sealed record VersionPage(IReadOnlyList<ListedVersion> Versions, IReadOnlyList<string> CommonPrefixes, string? NextKeyMarker, string? NextVersionIdMarker)
{
    public bool IsTruncated => NextKeyMarker is not null;
}
