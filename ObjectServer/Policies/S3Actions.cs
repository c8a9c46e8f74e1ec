using System.Collections.Frozen;
using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Policies;

/// <summary>What an action of S3 is done to.</summary>
[Flags]
internal enum S3ResourceTypes
{
    None = 0,
    Bucket = 1,
    Object = 2,
}

/// <summary>
/// The actions of S3 and what each applies to, so that a bucket policy with a misspelled or pointless action is refused instead of kept without
/// effect. Source: "Actions, resources, and condition keys for Amazon S3".
/// </summary>
internal static class S3Actions
{
    private const string Prefix = "s3:";

    private static readonly string[] OfBuckets =
    [
        "CreateBucket", "CreateBucketMetadataTableConfiguration", "DeleteBucket", "DeleteBucketMetadataTableConfiguration",
        "DeleteBucketOwnershipControls", "DeleteBucketPolicy", "DeleteBucketWebsite", "GetAccelerateConfiguration", "GetAnalyticsConfiguration",
        "GetBucketAbac", "GetBucketAcl", "GetBucketCORS", "GetBucketLocation", "GetBucketLogging", "GetBucketMetadataTableConfiguration",
        "GetBucketNotification", "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPolicyStatus",
        "GetBucketPublicAccessBlock", "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
        "GetEncryptionConfiguration", "GetIntelligentTieringConfiguration", "GetInventoryConfiguration", "GetLifecycleConfiguration",
        "GetMetricsConfiguration", "GetReplicationConfiguration", "ListBucket", "ListBucketMultipartUploads", "ListBucketVersions", "ListTagsForResource",
        "PutAccelerateConfiguration", "PutAnalyticsConfiguration", "PutBucketAbac", "PutBucketAcl", "PutBucketCORS", "PutBucketLogging",
        "PutBucketNotification", "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy",
        "PutBucketPublicAccessBlock", "PutBucketRequestPayment", "PutBucketTagging", "PutBucketVersioning", "PutBucketWebsite",
        "PutEncryptionConfiguration", "PutIntelligentTieringConfiguration", "PutInventoryConfiguration", "PutLifecycleConfiguration",
        "PutMetricsConfiguration", "PutReplicationConfiguration", "TagResource", "UntagResource", "UpdateBucketMetadataAnnotationTableConfiguration",
        "UpdateBucketMetadataInventoryTableConfiguration", "UpdateBucketMetadataJournalTableConfiguration",
    ];

    private static readonly string[] OfObjects =
    [
        "AbortMultipartUpload", "BypassGovernanceRetention", "DeleteObject", "DeleteObjectAnnotation", "DeleteObjectTagging", "DeleteObjectVersion",
        "DeleteObjectVersionAnnotation", "DeleteObjectVersionTagging", "GetObject", "GetObjectAcl", "GetObjectAnnotation", "GetObjectAttributes",
        "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent", "GetObjectVersion", "GetObjectVersionAcl",
        "GetObjectVersionAnnotation", "GetObjectVersionAttributes", "GetObjectVersionForReplication", "GetObjectVersionTagging",
        "GetObjectVersionTorrent", "InitiateReplication", "ListMultipartUploadParts", "ListObjectAnnotations", "ListObjectVersionAnnotations",
        "ObjectOwnerOverrideToBucketOwner", "PutObject", "PutObjectAcl", "PutObjectAnnotation", "PutObjectLegalHold", "PutObjectRetention",
        "PutObjectTagging", "PutObjectVersionAcl", "PutObjectVersionAnnotation", "PutObjectVersionTagging", "ReplicateDelete", "ReplicateObject",
        "ReplicateTags", "RestoreObject", "UpdateObjectEncryption",
    ];

    // Of the account: known, but a bucket policy cannot grant them.
    private static readonly string[] OfAccounts =
    [
        "GetAccountPublicAccessBlock", "ListAllMyBuckets", "PutAccountPublicAccessBlock",
    ];

    private static readonly FrozenDictionary<string, S3ResourceTypes> ByName = Index();

    /// <summary>The actions with their prefix, in the spelling of the reference.</summary>
    public static IReadOnlyCollection<string> All => ByName.Keys;

    /// <summary>Whether the pattern means some action of S3.</summary>
    public static bool IsKnown(PolicyText pattern)
    {
        if (!pattern.HasWildcards) return ByName.ContainsKey(pattern.Text);
        foreach (var action in ByName.Keys)
        {
            if (pattern.Matches(action, TextMatch.IgnoreCase)) return true;
        }
        return false;
    }

    /// <summary>What the actions that the pattern means can be done to.</summary>
    public static S3ResourceTypes TypesOf(PolicyText pattern)
    {
        if (!pattern.HasWildcards) return ByName.GetValueOrDefault(pattern.Text);
        var types = S3ResourceTypes.None;
        foreach (var (action, type) in ByName)
        {
            if ((types & type) != type && pattern.Matches(action, TextMatch.IgnoreCase)) types |= type;
        }
        return types;
    }

    private static FrozenDictionary<string, S3ResourceTypes> Index()
    {
        var byName = new Dictionary<string, S3ResourceTypes>(StringComparer.OrdinalIgnoreCase);
        foreach (var action in OfBuckets) byName.Add(Prefix + action, S3ResourceTypes.Bucket);
        foreach (var action in OfObjects) byName.Add(Prefix + action, S3ResourceTypes.Object);
        foreach (var action in OfAccounts) byName.Add(Prefix + action, S3ResourceTypes.None);
        return byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
