using ObjectStore.Erasure.Codec;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record PutRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public string? OwnerId { get; init; }
    public ObjectHeaders Headers { get; init; } = ObjectHeaders.Empty;
    public WriteConditions Conditions { get; init; }
    public string? StorageClass { get; init; }

    /// <summary>Null: the pool's default.</summary>
    public Scheme? Scheme { get; init; }

    /// <summary>Kept with the object; computed even if the source does not ask for it.</summary>
    public ChecksumAlgorithm StoredChecksum { get; init; }
}

/// <summary>A version that a write made.</summary>
internal sealed record WriteResult(string ETag, string VersionId, VersioningState Versioning, DateTimeOffset LastModified, long LengthBytes, ObjectChecksum? Checksum);
