namespace ObjectStore.Client.S3;

/// <summary>A bucket to be made.</summary>
public sealed record NewBucket(string Name)
{
    /// <summary>Must be the server's; null for whatever that is.</summary>
    public string? Region { get; init; }

    /// <summary>With versioning, too.</summary>
    public bool ObjectLock { get; init; }

    /// <summary>BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter; null for the server's default.</summary>
    public string? Ownership { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

public enum BucketVersioning
{
    Off,
    Enabled,
    Suspended,
}

/// <summary>Object lock of a bucket, with what new objects are retained for.</summary>
/// <param name="Mode">GOVERNANCE or COMPLIANCE; null for no default.</param>
/// <param name="Days">Either these or <paramref name="Years"/>.</param>
public sealed record ObjectLockSettings(string? Mode = null, int? Days = null, int? Years = null);

/// <summary>How new objects are encrypted.</summary>
/// <param name="Algorithm">AES256, aws:kms or aws:kms:dsse.</param>
/// <param name="KeyId">Of KMS; null for the default.</param>
public sealed record BucketEncryption(string Algorithm, string? KeyId = null, bool? BucketKey = null);

/// <summary>A version or a delete marker.</summary>
public sealed record ObjectVersion(string Key, string VersionId);

/// <summary>A page of versions and delete markers.</summary>
/// <param name="NextKeyMarker">Null on the last page.</param>
public sealed record VersionPage(IReadOnlyList<ObjectVersion> Versions, string? NextKeyMarker, string? NextVersionIdMarker);

/// <summary>A multipart upload that is under way.</summary>
public sealed record Upload(string Key, string UploadId);

/// <param name="NextKeyMarker">Null on the last page.</param>
public sealed record UploadPage(IReadOnlyList<Upload> Uploads, string? NextKeyMarker, string? NextUploadIdMarker);

/// <summary>A version that was not deleted, and why.</summary>
public sealed record DeleteFailure(string Key, string VersionId, string Code, string Message);
