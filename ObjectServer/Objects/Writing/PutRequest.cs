using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record PutRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    /// <summary>The canonical id of the account that will own the object.</summary>
    public string? OwnerId { get; init; }

    /// <summary>Opaque here; empty is the owner's default.</summary>
    public ReadOnlyMemory<byte> Acl { get; init; }

    /// <summary>What protects the version; without a retention the bucket's default is used.</summary>
    public ObjectLock Lock { get; init; }

    /// <summary>Tags too.</summary>
    public ObjectHeaders Headers { get; init; } = ObjectHeaders.Empty;
    public WriteConditions Conditions { get; init; }

    /// <summary>Null: what the bucket does.</summary>
    public EncryptionRequest? Encryption { get; init; }
    /// <summary>Null: the bucket's.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Null: the storage class's.</summary>
    public Scheme? Scheme { get; init; }

    /// <summary>What else the version's transaction does; a failure that it returns undoes all. May run several times. Such a write is not in a journal.</summary>
    public Func<IKvTransaction, ValueTask<Failure?>>? Also { get; init; }

    /// <summary>Kept with the object; computed even if the source does not ask for it.</summary>
    public ChecksumAlgorithm StoredChecksum { get; init; }

    /// <summary>By a form (POST).</summary>
    public bool IsForm { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <summary>A version that a write made.</summary>
internal sealed record WriteResult(string ETag, string VersionId, VersioningState Versioning, DateTimeOffset LastModified, long LengthBytes, ObjectChecksum? Checksum,
    EncryptionInfo? Encryption = null)
{
    /// <summary>Null if no rule of lifecycle says when it will expire.</summary>
    public ObjectExpiration? Expiration { get; init; }

    /// <summary>That it got; null is the default one.</summary>
    public string? StorageClass { get; init; }
}
