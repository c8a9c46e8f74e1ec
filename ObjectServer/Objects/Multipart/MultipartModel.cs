using ObjectStore.Erasure.Codec;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record CreateUploadRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    /// <summary>The canonical id of the account that will own the object.</summary>
    public string? OwnerId { get; init; }

    /// <summary>Opaque here; empty is the owner's default.</summary>
    public ReadOnlyMemory<byte> Acl { get; init; }

    /// <summary>What protects the version; without a retention the bucket's default is used.</summary>
    public ObjectLock Lock { get; init; }

    /// <summary>Who begins it, where listings are to name somebody else than the owner.</summary>
    public string? InitiatorId { get; init; }

    /// <summary>Tags too.</summary>
    public ObjectHeaders Headers { get; init; } = ObjectHeaders.Empty;
    public string? StorageClass { get; init; }
    public Scheme? Scheme { get; init; }

    /// <summary>None: parts carry no checksum of their own.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }
    public ChecksumType ChecksumType { get; init; }

    /// <summary>Null: what the bucket does.</summary>
    public EncryptionRequest? Encryption { get; init; }
}

internal sealed record UploadInfo(
    string Bucket, string Key, string UploadId, DateTimeOffset InitiatedAt, string? OwnerId, string? StorageClass,
    ChecksumAlgorithm ChecksumAlgorithm, ChecksumType ChecksumType, ObjectHeaders Headers)
{
    /// <summary>Null: the owner.</summary>
    public string? InitiatorId { get; init; }

    /// <summary>Null when its parts are stored plain.</summary>
    public EncryptionInfo? Encryption { get; init; }

    /// <summary>When it is given up if it is not complete then; null if no rule of lifecycle says so.</summary>
    public ObjectExpiration? Abort { get; init; }
}

internal sealed record UploadPartRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public required string UploadId { get; init; }

    /// <summary>1 to 10,000.</summary>
    public required int PartNumber { get; init; }

    /// <summary>The key that the upload was begun with, if it was with a customer's.</summary>
    public CustomerKey? CustomerKey { get; init; }
}

internal sealed record UploadPartCopyRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public required string UploadId { get; init; }
    public required int PartNumber { get; init; }
    public required string SourceBucket { get; init; }
    public required string SourceKey { get; init; }
    public string? SourceVersionId { get; init; }
    public ReadConditions SourceConditions { get; init; }
    public CustomerKey? SourceCustomerKey { get; init; }

    /// <summary>The key that the upload was begun with, if it was with a customer's.</summary>
    public CustomerKey? CustomerKey { get; init; }

    /// <summary>Null: the whole source. <see cref="ObjectFault.InvalidRange"/> if it does not lie within.</summary>
    public (long OffsetBytes, long LengthBytes)? Range { get; init; }
}

internal sealed record PartResult(string ETag, DateTimeOffset LastModified, long LengthBytes, ObjectChecksum? Checksum, EncryptionInfo? Encryption = null);

internal sealed record PartCopyResult(PartResult Part, string? SourceVersionId);

/// <param name="ETag">Without quotes.</param>
/// <param name="Checksum">As the client listed it, of whichever algorithm; null if it did not.</param>
internal sealed record ListedPart(int PartNumber, string ETag, ObjectChecksum? Checksum = null);

internal sealed record CompleteUploadRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public required string UploadId { get; init; }
    public required IReadOnlyList<ListedPart> Parts { get; init; }
    public WriteConditions Conditions { get; init; }

    /// <summary>What the client expects of the whole; a difference is <see cref="ObjectFault.ChecksumMismatch"/>.</summary>
    public ObjectChecksum? ExpectedChecksum { get; init; }

    /// <summary>The type the client names; a difference to the upload's is <see cref="ObjectFault.InvalidChecksumRequest"/>.</summary>
    public ChecksumType? ExpectedChecksumType { get; init; }

    /// <summary>The key that the upload was begun with: checked where it is given, and needed where the upload has a checksum that its client chose.</summary>
    public CustomerKey? CustomerKey { get; init; }

    /// <summary>Whether every upload that was begun with a key of the customer's needs it.</summary>
    public bool NeedsCustomerKey { get; init; }

    /// <summary>Bytes of the whole (x-amz-mp-object-size); a difference is <see cref="ObjectFault.InvalidPart"/>.</summary>
    public long? ExpectedLengthBytes { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

internal sealed record ListPartsRequest
{
    public required string Bucket { get; init; }
    public required string Key { get; init; }
    public required string UploadId { get; init; }
    public int PartNumberMarker { get; init; }
    public int MaxParts { get; init; } = 1000;
}

/// <param name="Parts">Offsets are 0: they are known only when the upload completes.</param>
/// <param name="NextPartNumberMarker">Null when it is the last page.</param>
internal sealed record UploadPartPage(UploadInfo Upload, IReadOnlyList<PartInfo> Parts, int? NextPartNumberMarker);

internal sealed record ListUploadsRequest
{
    public required string Bucket { get; init; }
    public string Prefix { get; init; } = "";
    public string? Delimiter { get; init; }
    public string? KeyMarker { get; init; }

    /// <summary>Only with <see cref="KeyMarker"/>.</summary>
    public string? UploadIdMarker { get; init; }
    public int MaxUploads { get; init; } = 1000;
}

/// <param name="NextKeyMarker">Null when it is the last page.</param>
internal sealed record UploadPage(IReadOnlyList<UploadInfo> Uploads, IReadOnlyList<string> CommonPrefixes, string? NextKeyMarker, string? NextUploadIdMarker)
{
    public bool IsTruncated => NextKeyMarker is not null;
}
