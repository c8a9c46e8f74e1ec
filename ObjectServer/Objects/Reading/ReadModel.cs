using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record ReadRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public string? VersionId { get; init; }
    public ReadConditions Conditions { get; init; }

    /// <summary>The key that the content was sealed under by its writer.</summary>
    public CustomerKey? CustomerKey { get; init; }

    /// <summary>Whether nothing is refused for bytes that are in a tier: only what is known here of the version will be asked for.</summary>
    public bool AsksOnly { get; init; }

    /// <summary>Refuses also to tell of a version whose content this request could not open.</summary>
    public bool RequiresKey { get; init; }
}

/// <summary>One part of an object that was uploaded in parts (a whole object counts as its part 1).</summary>
internal sealed record PartInfo(int PartNumber, long OffsetBytes, long LengthBytes, string ETag, ObjectChecksum? Checksum, DateTimeOffset LastModified);

/// <param name="NextMarker">The last part number given, when more follow; else null.</param>
internal sealed record PartPage(IReadOnlyList<PartInfo> Parts, int TotalParts, int? NextMarker);
