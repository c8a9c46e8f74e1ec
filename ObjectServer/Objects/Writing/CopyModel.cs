using ObjectStore.Erasure.Codec;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record CopyRequest
{
    public required string SourceBucket { get; init; }
    public required string SourceKey { get; init; }
    public string? SourceVersionId { get; init; }
    public ReadConditions SourceConditions { get; init; }
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    /// <summary>The canonical id of the account that will own the copy.</summary>
    public string? OwnerId { get; init; }

    /// <summary>Opaque here; empty is the owner's default. Never the source's.</summary>
    public ReadOnlyMemory<byte> Acl { get; init; }

    /// <summary>What protects the copy, never the source's; without a retention the bucket's default is used.</summary>
    public ObjectLock Lock { get; init; }

    /// <summary>Null copies the source's (metadata directive COPY); else they replace them.</summary>
    public ObjectHeaders? ReplaceHeaders { get; init; }

    /// <summary>Null copies the source's tags (tagging directive COPY).</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? ReplaceTags { get; init; }

    /// <summary>Leaves the source's annotations (annotation directive EXCLUDE); else the copy has them, too.</summary>
    public bool ExcludesAnnotations { get; init; }
    public WriteConditions Conditions { get; init; }
    public CustomerKey? SourceCustomerKey { get; init; }

    /// <summary>Null: what the bucket does; never what the source has.</summary>
    public EncryptionRequest? Encryption { get; init; }
    public string? StorageClass { get; init; }
    public Scheme? Scheme { get; init; }

    /// <summary>None keeps the source's; another one makes the bytes be read and digested.</summary>
    public ChecksumAlgorithm StoredChecksum { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <param name="SourceVersionId">Null if the source's bucket is unversioned.</param>
internal sealed record CopyResult(WriteResult Written, string? SourceVersionId);
