using System.Collections.Frozen;

namespace ObjectStore.Server.Policies;

/// <summary>
/// The condition keys that a bucket policy may name, so that a misspelled one is refused: a Deny that waits for a key which never comes would be
/// kept without effect. Sources: "Condition keys for Amazon S3", "AWS global condition context keys".
/// </summary>
internal static class ConditionKeys
{
    private const string S3Prefix = "s3:";

    /// <summary>Keys of S3 in lower case. Those in the second set are followed by a slash and the key of a tag.</summary>
    private static readonly FrozenSet<string> OfS3 = new[]
    {
        "s3:accessgrantsinstancearn", "s3:accesspointnetworkorigin", "s3:accesspointtag", "s3:authtype", "s3:buckettag", "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn", "s3:delimiter", "s3:destinationregion", "s3:existingjoboperation", "s3:if-match", "s3:if-none-match",
        "s3:inventoryaccessibleoptionalfields", "s3:isreplicationpauserequest", "s3:jobsuspendedcause", "s3:locationconstraint", "s3:max-keys",
        "s3:object-lock-legal-hold", "s3:object-lock-mode", "s3:object-lock-remaining-retention-days", "s3:object-lock-retain-until-date",
        "s3:objectcreationoperation", "s3:prefix", "s3:requestobjecttagkeys", "s3:resourceaccount", "s3:signatureage", "s3:signatureversion",
        "s3:tlsversion", "s3:versionid", "s3:x-amz-acl", "s3:x-amz-bucket-namespace", "s3:x-amz-content-sha256", "s3:x-amz-copy-source",
        "s3:x-amz-grant-full-control", "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write", "s3:x-amz-grant-write-acp",
        "s3:x-amz-metadata-directive", "s3:x-amz-object-ownership", "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-storage-class",
        "s3:x-amz-website-redirect-location",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> OfS3Tags = new[]
    {
        "s3:accesspointtag", "s3:buckettag", "s3:existingobjecttag", "s3:requestobjecttag",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Keys of other services are taken as they are.</summary>
    public static bool IsKnown(ConditionKey key)
    {
        if (!key.Name.StartsWith(S3Prefix, StringComparison.Ordinal)) return true;
        return key.Qualifier is null ? OfS3.Contains(key.Name) : key.Qualifier.Length > 0 && OfS3Tags.Contains(key.Name);
    }
}
