using System.Globalization;
using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Inventory;

/// <summary>Lines of an inventory in CSV. Source: S3 User Guide, "Amazon S3 Inventory list": every value in quotes, keys URL-encoded.</summary>
internal static class InventoryRows
{
    /// <summary>Optional fields that are built.</summary>
    public static readonly IReadOnlyList<string> Fields =
    [
        "Size", "LastModifiedDate", "ETag", "StorageClass", "IsMultipartUploaded", "EncryptionStatus", "ObjectLockRetainUntilDate", "ObjectLockMode",
        "ObjectLockLegalHoldStatus", "BucketKeyStatus", "ChecksumAlgorithm", "ObjectOwner", "ReplicationStatus",
    ];

    /// <summary>Those that a listing does not tell, so that each version has to be looked at.</summary>
    private static readonly string[] OfVersion = ["EncryptionStatus", "ObjectLockRetainUntilDate", "ObjectLockMode", "ObjectLockLegalHoldStatus", "BucketKeyStatus", "ReplicationStatus"];

    public static bool NeedsVersions(InventoryRecord configuration) => configuration.Fields.Any(field => OfVersion.Contains(field));

    /// <summary>The names of the columns, as a manifest tells them.</summary>
    public static string SchemaOf(InventoryRecord configuration) =>
        string.Join(", ", ((IEnumerable<string>)(configuration.CurrentOnly ? ["Bucket", "Key"] : ["Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker"])).Concat(configuration.Fields));

    /// <param name="info">Null where no field needs it, and of delete markers.</param>
    public static void Append(StringBuilder text, InventoryRecord configuration, string bucket, in ListedVersion version, ObjectInfo? info)
    {
        text.Append('"').Append(bucket).Append("\",\"").Append(Encode(version.Key)).Append('"');
        if (!configuration.CurrentOnly)
        {
            // The null version has no id, as in S3's reports.
            text.Append(",\"").Append(version.VersionId == VersionId.NullName ? "" : version.VersionId).Append("\",\"")
                .Append(Text(version.IsLatest)).Append("\",\"").Append(Text(version.IsDeleteMarker)).Append('"');
        }
        foreach (var field in configuration.Fields) text.Append(",\"").Append(ValueOf(field, version, info)).Append('"');
        text.Append('\n');
    }

    private static string ValueOf(string field, in ListedVersion version, ObjectInfo? info) => field switch
    {
        "LastModifiedDate" => Date(version.LastModified),
        "ObjectOwner" => version.OwnerId ?? "",
        _ when version.IsDeleteMarker => "",
        "Size" => version.LengthBytes.ToString(CultureInfo.InvariantCulture),
        "ETag" => version.ETag,
        "StorageClass" => version.StorageClass ?? "STANDARD",
        "IsMultipartUploaded" => Text(version.ETag.Contains('-')),
        "ChecksumAlgorithm" => version.ChecksumAlgorithm == ChecksumAlgorithm.None ? "" : ChecksumNames.Name(version.ChecksumAlgorithm),
        "EncryptionStatus" => info?.Encryption?.Method switch
        {
            EncryptionMethod.CustomerKey => "SSE-C",
            EncryptionMethod.StoreKey => "SSE-S3",
            EncryptionMethod.ManagedKey => "SSE-KMS",
            _ => "NOT-SSE",
        },
        "ReplicationStatus" => ReplicationStatuses.Name(info?.Replication ?? ReplicationStatus.None) ?? "",
        "BucketKeyStatus" => info?.Encryption is { Method: EncryptionMethod.ManagedKey, BucketKey: var used } ? used ? "ENABLED" : "DISABLED" : "",
        "ObjectLockRetainUntilDate" => info?.Lock.Retention is { IsSet: true } retention ? Date(retention.RetainUntil) : "",
        "ObjectLockMode" => info?.Lock.Retention.Mode switch
        {
            RetentionMode.Governance => "GOVERNANCE",
            RetentionMode.Compliance => "COMPLIANCE",
            _ => "",
        },
        "ObjectLockLegalHoldStatus" => info?.Lock.LegalHold switch
        {
            LegalHold.On => "ON",
            LegalHold.Off => "OFF",
            _ => "",
        },
        _ => "",
    };

    // As a form encodes, but for slashes.
    private static string Encode(string key) => Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal).Replace("%20", "+", StringComparison.Ordinal);

    private static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";
}
