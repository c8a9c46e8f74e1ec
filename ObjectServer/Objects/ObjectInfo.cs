using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>What is kept beside the bytes and given back as it came. Values are not interpreted here.</summary>
internal sealed record ObjectHeaders
{
    public static ObjectHeaders Empty { get; } = new();

    public string? ContentType { get; init; }
    public string? ContentEncoding { get; init; }
    public string? ContentDisposition { get; init; }
    public string? ContentLanguage { get; init; }
    public string? CacheControl { get; init; }
    public string? Expires { get; init; }
    public string? WebsiteRedirectLocation { get; init; }

    /// <summary>Names without their wire prefix, in the order they came.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> UserMetadata { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];
}

/// <summary>One version of an object.</summary>
internal sealed record ObjectInfo
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }

    /// <summary>"null" for the null version. Never null here.</summary>
    public required string VersionId { get; init; }

    /// <summary>The bucket's state when this was read: an unversioned bucket's answers name no version.</summary>
    public required VersioningState Versioning { get; init; }

    public bool IsDeleteMarker { get; init; }
    public bool IsLatest { get; init; }
    public long LengthBytes { get; init; }

    /// <summary>Without quotes: hex MD5, or "hex-N" for N parts. Empty for a delete marker.</summary>
    public required string ETag { get; init; }

    public DateTimeOffset LastModified { get; init; }
    public ObjectHeaders Headers { get; init; } = ObjectHeaders.Empty;

    /// <summary>As the writer named it; null means the default class.</summary>
    public string? StorageClass { get; init; }

    public ObjectChecksum? Checksum { get; init; }

    /// <summary>0 for an object that was not uploaded in parts.</summary>
    public int PartCount { get; init; }

    /// <summary>The canonical id of the account that owns it.</summary>
    public string? OwnerId { get; init; }

    /// <summary>As its writer gave it, opaque here; empty is the owner's default.</summary>
    public ReadOnlyMemory<byte> Acl { get; init; }

    public ObjectLock Lock { get; init; }

    /// <summary>Null when it is stored plain.</summary>
    public EncryptionInfo? Encryption { get; init; }

    public int AnnotationCount { get; init; }

    public ReplicationStatus Replication { get; init; }

    /// <summary>Of what is in a tier: the copy that is here, or is on its way; null if nobody asked for one.</summary>
    public RestoreInfo? Restore { get; init; }

    /// <summary>Whether its bytes are in a tier, and no copy of them here.</summary>
    public bool IsArchived { get; init; }

    /// <summary>Of the current version: null if no rule of lifecycle says when it will expire.</summary>
    public ObjectExpiration? Expiration { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Tags => Headers.Tags;
}
