using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.Replication;

/// <summary>A version's metadata as the headers of an ordinary write to another S3 endpoint.</summary>
internal static class PlainHeaders
{
    /// <summary>User metadata that says of which version an object is the replica: other endpoints give ids of their own.</summary>
    public const string VersionMetadata = MetadataPrefix + "objectstore-version";

    private const string MetadataPrefix = "x-amz-meta-";

    // Source: S3 API reference, PutObject, x-amz-storage-class. Further classes are this store's own.
    private static readonly HashSet<string> Classes = new(StringComparer.Ordinal) { "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR" };

    /// <param name="isWhole">The write carries all of the object's bytes.</param>
    public static List<(string Name, string Value)> Of(VersionRecord version, ReplicaDestination destination, string versionName, bool isWhole)
    {
        var headers = new List<(string Name, string Value)> { (VersionMetadata, versionName) };
        var stored = ObjectInfos.ToHeaders(version.Headers);
        Add(headers, "Content-Type", stored.ContentType ?? ObjectHeaderFields.DefaultContentType);
        Add(headers, "Content-Encoding", stored.ContentEncoding);
        Add(headers, "Content-Disposition", stored.ContentDisposition);
        Add(headers, "Content-Language", stored.ContentLanguage);
        Add(headers, "Cache-Control", stored.CacheControl);
        Add(headers, "Expires", stored.Expires);
        Add(headers, "x-amz-website-redirect-location", stored.WebsiteRedirectLocation);
        foreach (var (name, value) in stored.UserMetadata)
        {
            // A writer's own would stand beside ours, as in what was copied back from such an endpoint: then it could not be told which version it is.
            if (!string.Equals(MetadataPrefix + name, VersionMetadata, StringComparison.OrdinalIgnoreCase)) headers.Add((MetadataPrefix + name, HeaderText.EncodeMetadata(value)));
        }
        if (stored.Tags.Count > 0) headers.Add(("x-amz-tagging", string.Join('&', stored.Tags.Select(tag => $"{Uri.EscapeDataString(tag.Key)}={Uri.EscapeDataString(tag.Value)}"))));
        if (destination.StorageClass is { } wanted) headers.Add(("x-amz-storage-class", wanted));
        else if (Classes.Contains(version.StorageClass)) headers.Add(("x-amz-storage-class", version.StorageClass));
        AddEncryption(headers, version, destination);
        AddLock(headers, version);
        if (isWhole && version.Checksum is { Type: (uint)ChecksumType.FullObject } checksum && IsCommon((ChecksumAlgorithm)checksum.Algorithm))
            headers.Add((ChecksumNames.Header((ChecksumAlgorithm)checksum.Algorithm), Convert.ToBase64String(checksum.Value.Span)));
        return headers;
    }

    private static void AddEncryption(List<(string Name, string Value)> headers, VersionRecord version, ReplicaDestination destination)
    {
        switch ((EncryptionMethod)(version.Encryption?.Method ?? 0))
        {
            case EncryptionMethod.StoreKey:
                headers.Add(("x-amz-server-side-encryption", "AES256"));
                break;
            case EncryptionMethod.ManagedKey:
                headers.Add(("x-amz-server-side-encryption", "aws:kms"));
                headers.Add(("x-amz-server-side-encryption-aws-kms-key-id", destination.ReplicaKeyId!));
                break;
        }
    }

    private static void AddLock(List<(string Name, string Value)> headers, VersionRecord version)
    {
        var held = LockRules.LockOf(version);
        if (held.Retention.IsSet)
        {
            headers.Add(("x-amz-object-lock-mode", held.Retention.Mode == RetentionMode.Compliance ? "COMPLIANCE" : "GOVERNANCE"));
            headers.Add(("x-amz-object-lock-retain-until-date", Timestamps.Iso8601(held.Retention.RetainUntil)));
        }
        if (held.LegalHold == LegalHold.On) headers.Add(("x-amz-object-lock-legal-hold", "ON"));
    }

    // Those that all endpoints know which know any.
    private static bool IsCommon(ChecksumAlgorithm algorithm) =>
        algorithm is ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C or ChecksumAlgorithm.Crc64Nvme or ChecksumAlgorithm.Sha1 or ChecksumAlgorithm.Sha256;

    // Stored values have a character for each byte that came; they are sent in UTF-8.
    private static void Add(List<(string Name, string Value)> headers, string name, string? value)
    {
        if (value is not null) headers.Add((name, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value))));
    }
}
