using static ObjectStore.Server.S3.Routing.RequestMethod;
using static ObjectStore.Server.S3.Routing.ResourceLevel;
using static ObjectStore.Server.S3.Routing.S3OperationName;

namespace ObjectStore.Server.S3.Routing;

/// <summary>
/// All calls of S3. A request becomes a row, the row names the IAM action that is decided, and a handler that was
/// registered for the row's name runs; without one the answer is 501 NotImplemented.
/// Source: AWS's API model of S3, and "Actions, resources, and condition keys for Amazon S3" for the IAM actions.
/// </summary>
internal static class OperationTable
{
    public static readonly IReadOnlyList<OperationRow> Rows =
    [
        // Service
        new(ListBuckets, Get, Service, "s3:ListAllMyBuckets"),
        new(ListDirectoryBuckets, Get, Service, "s3express:ListAllMyDirectoryBuckets", Selectors: ["x-id=ListDirectoryBuckets"]),

        // Account (S3 Control)
        new(DeleteAccountPublicAccessBlock, Delete, ResourceLevel.Account, "s3:PutAccountPublicAccessBlock"),
        new(GetAccountPublicAccessBlock, Get, ResourceLevel.Account, "s3:GetAccountPublicAccessBlock"),
        new(PutAccountPublicAccessBlock, Put, ResourceLevel.Account, "s3:PutAccountPublicAccessBlock"),

        // Bucket
        new(TagResource, Post, Bucket, "s3:TagResource", Selectors: [SelectorSet.ResourceTags]),
        new(UntagResource, Delete, Bucket, "s3:UntagResource", Selectors: [SelectorSet.ResourceTags]),
        new(ListTagsForResource, Get, Bucket, "s3:ListTagsForResource", Selectors: [SelectorSet.ResourceTags]),
        new(CreateBucket, Put, Bucket, "s3:CreateBucket"),
        new(CreateBucketMetadataConfiguration, Post, Bucket, "s3:CreateBucketMetadataTableConfiguration", Selectors: ["metadataConfiguration"]),
        new(CreateBucketMetadataTableConfiguration, Post, Bucket, "s3:CreateBucketMetadataTableConfiguration", Selectors: ["metadataTable"]),
        new(CreateSession, Get, Bucket, "s3express:CreateSession", Selectors: ["session"]),
        new(DeleteBucket, Delete, Bucket, "s3:DeleteBucket"),
        new(DeleteBucketAnalyticsConfiguration, Delete, Bucket, "s3:PutAnalyticsConfiguration", Selectors: ["analytics", "id"]),
        new(DeleteBucketCors, Delete, Bucket, "s3:PutBucketCORS", Selectors: ["cors"]),
        new(DeleteBucketEncryption, Delete, Bucket, "s3:PutEncryptionConfiguration", Selectors: ["encryption"]),
        new(DeleteBucketIntelligentTieringConfiguration, Delete, Bucket, "s3:PutIntelligentTieringConfiguration", Selectors: ["intelligent-tiering", "id"]),
        new(DeleteBucketInventoryConfiguration, Delete, Bucket, "s3:PutInventoryConfiguration", Selectors: ["inventory", "id"]),
        new(DeleteBucketLifecycle, Delete, Bucket, "s3:PutLifecycleConfiguration", Selectors: ["lifecycle"]),
        new(DeleteBucketMetadataConfiguration, Delete, Bucket, "s3:DeleteBucketMetadataTableConfiguration", Selectors: ["metadataConfiguration"]),
        new(DeleteBucketMetadataTableConfiguration, Delete, Bucket, "s3:DeleteBucketMetadataTableConfiguration", Selectors: ["metadataTable"]),
        new(DeleteBucketMetricsConfiguration, Delete, Bucket, "s3:PutMetricsConfiguration", Selectors: ["metrics", "id"]),
        new(DeleteBucketOwnershipControls, Delete, Bucket, "s3:PutBucketOwnershipControls", Selectors: ["ownershipControls"]),
        new(DeleteBucketPolicy, Delete, Bucket, "s3:DeleteBucketPolicy", Selectors: ["policy"]),
        new(DeleteBucketReplication, Delete, Bucket, "s3:PutReplicationConfiguration", Selectors: ["replication"]),
        new(DeleteBucketTagging, Delete, Bucket, "s3:PutBucketTagging", Selectors: ["tagging"]),
        new(DeleteBucketWebsite, Delete, Bucket, "s3:DeleteBucketWebsite", Selectors: ["website"]),
        new(DeleteObjects, Post, Bucket, "s3:DeleteObject", Selectors: ["delete"]),
        new(DeletePublicAccessBlock, Delete, Bucket, "s3:PutBucketPublicAccessBlock", Selectors: ["publicAccessBlock"]),
        new(GetBucketAbac, Get, Bucket, "s3:GetBucketAbac", Selectors: ["abac"]),
        new(GetBucketAccelerateConfiguration, Get, Bucket, "s3:GetAccelerateConfiguration", Selectors: ["accelerate"]),
        new(GetBucketAcl, Get, Bucket, "s3:GetBucketAcl", Selectors: ["acl"]),
        new(GetBucketAnalyticsConfiguration, Get, Bucket, "s3:GetAnalyticsConfiguration", Selectors: ["analytics", "id"]),
        new(GetBucketCors, Get, Bucket, "s3:GetBucketCORS", Selectors: ["cors"]),
        new(GetBucketEncryption, Get, Bucket, "s3:GetEncryptionConfiguration", Selectors: ["encryption"]),
        new(GetBucketIntelligentTieringConfiguration, Get, Bucket, "s3:GetIntelligentTieringConfiguration", Selectors: ["intelligent-tiering", "id"]),
        new(GetBucketInventoryConfiguration, Get, Bucket, "s3:GetInventoryConfiguration", Selectors: ["inventory", "id"]),
        new(GetBucketLifecycle, Get, Bucket, "s3:GetLifecycleConfiguration", SameAs: GetBucketLifecycleConfiguration, Selectors: ["lifecycle"]),
        new(GetBucketLifecycleConfiguration, Get, Bucket, "s3:GetLifecycleConfiguration", Selectors: ["lifecycle"]),
        new(GetBucketLocation, Get, Bucket, "s3:GetBucketLocation", Selectors: ["location"]),
        new(GetBucketLogging, Get, Bucket, "s3:GetBucketLogging", Selectors: ["logging"]),
        new(GetBucketMetadataConfiguration, Get, Bucket, "s3:GetBucketMetadataTableConfiguration", Selectors: ["metadataConfiguration"]),
        new(GetBucketMetadataTableConfiguration, Get, Bucket, "s3:GetBucketMetadataTableConfiguration", Selectors: ["metadataTable"]),
        new(GetBucketMetricsConfiguration, Get, Bucket, "s3:GetMetricsConfiguration", Selectors: ["metrics", "id"]),
        new(GetBucketNotification, Get, Bucket, "s3:GetBucketNotification", SameAs: GetBucketNotificationConfiguration, Selectors: ["notification"]),
        new(GetBucketNotificationConfiguration, Get, Bucket, "s3:GetBucketNotification", Selectors: ["notification"]),
        new(GetBucketOwnershipControls, Get, Bucket, "s3:GetBucketOwnershipControls", Selectors: ["ownershipControls"]),
        new(GetBucketPolicy, Get, Bucket, "s3:GetBucketPolicy", Selectors: ["policy"]),
        new(GetBucketPolicyStatus, Get, Bucket, "s3:GetBucketPolicyStatus", Selectors: ["policyStatus"]),
        new(GetBucketReplication, Get, Bucket, "s3:GetReplicationConfiguration", Selectors: ["replication"]),
        new(GetBucketRequestPayment, Get, Bucket, "s3:GetBucketRequestPayment", Selectors: ["requestPayment"]),
        new(GetBucketTagging, Get, Bucket, "s3:GetBucketTagging", Selectors: ["tagging"]),
        new(GetBucketVersioning, Get, Bucket, "s3:GetBucketVersioning", Selectors: ["versioning"]),
        new(GetBucketWebsite, Get, Bucket, "s3:GetBucketWebsite", Selectors: ["website"]),
        new(GetObjectLockConfiguration, Get, Bucket, "s3:GetBucketObjectLockConfiguration", Selectors: ["object-lock"]),
        new(GetPublicAccessBlock, Get, Bucket, "s3:GetBucketPublicAccessBlock", Selectors: ["publicAccessBlock"]),
        new(HeadBucket, Head, Bucket, "s3:ListBucket"),
        new(ListBucketAnalyticsConfigurations, Get, Bucket, "s3:GetAnalyticsConfiguration", Selectors: ["analytics"]),
        new(ListBucketIntelligentTieringConfigurations, Get, Bucket, "s3:GetIntelligentTieringConfiguration", Selectors: ["intelligent-tiering"]),
        new(ListBucketInventoryConfigurations, Get, Bucket, "s3:GetInventoryConfiguration", Selectors: ["inventory"]),
        new(ListBucketMetricsConfigurations, Get, Bucket, "s3:GetMetricsConfiguration", Selectors: ["metrics"]),
        new(ListMultipartUploads, Get, Bucket, "s3:ListBucketMultipartUploads", Selectors: ["uploads"]),
        new(ListObjectVersions, Get, Bucket, "s3:ListBucketVersions", Selectors: ["versions"]),
        new(ListObjects, Get, Bucket, "s3:ListBucket"),
        new(ListObjectsV2, Get, Bucket, "s3:ListBucket", Selectors: ["list-type=2"]),
        new(PostBucketLogging, Post, Bucket, "s3:PutBucketLogging", Selectors: ["logging"]),
        new(PostObject, Post, Bucket, "s3:PutObject", Selectors: ["@multipart/form-data"]),
        new(PreflightBucket, Options, Bucket, null),
        new(PutBucketAbac, Put, Bucket, "s3:PutBucketAbac", Selectors: ["abac"]),
        new(PutBucketAccelerateConfiguration, Put, Bucket, "s3:PutAccelerateConfiguration", Selectors: ["accelerate"]),
        new(PutBucketAcl, Put, Bucket, "s3:PutBucketAcl", Selectors: ["acl"]),
        new(PutBucketAnalyticsConfiguration, Put, Bucket, "s3:PutAnalyticsConfiguration", Selectors: ["analytics", "id"]),
        new(PutBucketCors, Put, Bucket, "s3:PutBucketCORS", Selectors: ["cors"]),
        new(PutBucketEncryption, Put, Bucket, "s3:PutEncryptionConfiguration", Selectors: ["encryption"]),
        new(PutBucketIntelligentTieringConfiguration, Put, Bucket, "s3:PutIntelligentTieringConfiguration", Selectors: ["intelligent-tiering", "id"]),
        new(PutBucketInventoryConfiguration, Put, Bucket, "s3:PutInventoryConfiguration", Selectors: ["inventory", "id"]),
        new(PutBucketLifecycle, Put, Bucket, "s3:PutLifecycleConfiguration", SameAs: PutBucketLifecycleConfiguration, Selectors: ["lifecycle"]),
        new(PutBucketLifecycleConfiguration, Put, Bucket, "s3:PutLifecycleConfiguration", Selectors: ["lifecycle"]),
        new(PutBucketLogging, Put, Bucket, "s3:PutBucketLogging", Selectors: ["logging"]),
        new(PutBucketMetricsConfiguration, Put, Bucket, "s3:PutMetricsConfiguration", Selectors: ["metrics", "id"]),
        new(PutBucketNotification, Put, Bucket, "s3:PutBucketNotification", SameAs: PutBucketNotificationConfiguration, Selectors: ["notification"]),
        new(PutBucketNotificationConfiguration, Put, Bucket, "s3:PutBucketNotification", Selectors: ["notification"]),
        new(PutBucketOwnershipControls, Put, Bucket, "s3:PutBucketOwnershipControls", Selectors: ["ownershipControls"]),
        new(PutBucketPolicy, Put, Bucket, "s3:PutBucketPolicy", Selectors: ["policy"]),
        new(PutBucketReplication, Put, Bucket, "s3:PutReplicationConfiguration", Selectors: ["replication"]),
        new(PutBucketRequestPayment, Put, Bucket, "s3:PutBucketRequestPayment", Selectors: ["requestPayment"]),
        new(PutBucketTagging, Put, Bucket, "s3:PutBucketTagging", Selectors: ["tagging"]),
        new(PutBucketVersioning, Put, Bucket, "s3:PutBucketVersioning", Selectors: ["versioning"]),
        new(PutBucketWebsite, Put, Bucket, "s3:PutBucketWebsite", Selectors: ["website"]),
        new(PutObjectLockConfiguration, Put, Bucket, "s3:PutBucketObjectLockConfiguration", Selectors: ["object-lock"]),
        new(PutPublicAccessBlock, Put, Bucket, "s3:PutBucketPublicAccessBlock", Selectors: ["publicAccessBlock"]),
        new(UpdateBucketMetadataAnnotationTableConfiguration, Put, Bucket, "s3:UpdateBucketMetadataAnnotationTableConfiguration", Selectors: ["metadataAnnotationTable"]),
        new(UpdateBucketMetadataInventoryTableConfiguration, Put, Bucket, "s3:UpdateBucketMetadataInventoryTableConfiguration", Selectors: ["metadataInventoryTable"]),
        new(UpdateBucketMetadataJournalTableConfiguration, Put, Bucket, "s3:UpdateBucketMetadataJournalTableConfiguration", Selectors: ["metadataJournalTable"]),
        new(WriteGetObjectResponse, Post, Bucket, "s3-object-lambda:WriteGetObjectResponse", Selectors: ["@x-amz-request-route"]),

        // Object
        new(AbortMultipartUpload, Delete, Key, "s3:AbortMultipartUpload", Selectors: ["uploadId"]),
        new(CompleteMultipartUpload, Post, Key, "s3:PutObject", Selectors: ["uploadId"]),
        new(CopyObject, Put, Key, "s3:PutObject", Selectors: ["@x-amz-copy-source"]),
        new(CreateMultipartUpload, Post, Key, "s3:PutObject", Selectors: ["uploads"]),
        new(DeleteObject, Delete, Key, "s3:DeleteObject", Version: "s3:DeleteObjectVersion"),
        new(DeleteObjectAnnotation, Delete, Key, "s3:DeleteObjectAnnotation", Version: "s3:DeleteObjectVersionAnnotation", Selectors: ["annotation", "annotationName"]),
        new(DeleteObjectTagging, Delete, Key, "s3:DeleteObjectTagging", Version: "s3:DeleteObjectVersionTagging", Selectors: ["tagging"]),
        new(GetObject, Get, Key, "s3:GetObject", Version: "s3:GetObjectVersion"),
        new(GetObjectAcl, Get, Key, "s3:GetObjectAcl", Version: "s3:GetObjectVersionAcl", Selectors: ["acl"]),
        new(GetObjectAnnotation, Get, Key, "s3:GetObjectAnnotation", Version: "s3:GetObjectVersionAnnotation", Selectors: ["annotation", "annotationName"]),
        new(GetObjectAttributes, Get, Key, "s3:GetObjectAttributes", Version: "s3:GetObjectVersionAttributes", Selectors: ["attributes"]),
        new(GetObjectLegalHold, Get, Key, "s3:GetObjectLegalHold", Selectors: ["legal-hold"]),
        new(GetObjectRetention, Get, Key, "s3:GetObjectRetention", Selectors: ["retention"]),
        new(GetObjectTagging, Get, Key, "s3:GetObjectTagging", Version: "s3:GetObjectVersionTagging", Selectors: ["tagging"]),
        new(GetObjectTorrent, Get, Key, "s3:GetObjectTorrent", Version: "s3:GetObjectVersionTorrent", Selectors: ["torrent"]),
        new(HeadObject, Head, Key, "s3:GetObject", Version: "s3:GetObjectVersion"),
        new(ListObjectAnnotations, Get, Key, "s3:ListObjectAnnotations", Version: "s3:ListObjectVersionAnnotations", Selectors: ["annotation"]),
        new(ListParts, Get, Key, "s3:ListMultipartUploadParts", Selectors: ["uploadId"]),
        new(PreflightObject, Options, Key, null),
        new(PutObject, Put, Key, "s3:PutObject"),
        new(PutObjectAcl, Put, Key, "s3:PutObjectAcl", Version: "s3:PutObjectVersionAcl", Selectors: ["acl"]),
        new(PutObjectAnnotation, Put, Key, "s3:PutObjectAnnotation", Version: "s3:PutObjectVersionAnnotation", Selectors: ["annotation", "annotationName"]),
        new(PutObjectLegalHold, Put, Key, "s3:PutObjectLegalHold", Selectors: ["legal-hold"]),
        new(PutObjectRetention, Put, Key, "s3:PutObjectRetention", Selectors: ["retention"]),
        new(PutObjectTagging, Put, Key, "s3:PutObjectTagging", Version: "s3:PutObjectVersionTagging", Selectors: ["tagging"]),
        new(RenameObject, Put, Key, "s3:PutObject", Selectors: ["renameObject"]),
        new(RestoreObject, Post, Key, "s3:RestoreObject", Selectors: ["restore"]),
        new(SelectObjectContent, Post, Key, "s3:GetObject", Selectors: ["select", "select-type=2"]),
        new(UpdateObjectEncryption, Put, Key, "s3:UpdateObjectEncryption", Selectors: ["encryption"]),
        new(UploadPart, Put, Key, "s3:PutObject", Selectors: ["partNumber", "uploadId"]),
        new(UploadPartCopy, Put, Key, "s3:PutObject", Selectors: ["partNumber", "uploadId", "@x-amz-copy-source"]),

        // Object, from another store of this kind
        new(CompareReplicaAnnotations, Post, Key, "s3:ReplicateObject", Selectors: ["replica", "annotation"]),
        new(CompleteReplica, Post, Key, "s3:ReplicateObject", Selectors: ["replica", "uploadId"]),
        new(CreateReplicaUpload, Post, Key, "s3:ReplicateObject", Selectors: ["replica", "uploads"]),
        new(ProbeReplica, Head, Key, "s3:ReplicateObject", Selectors: ["replica"]),
        new(PutReplica, Put, Key, "s3:ReplicateObject", Selectors: ["replica"]),
        new(PutReplicaAnnotation, Put, Key, "s3:ReplicateObject", Selectors: ["replica", "annotation"]),
        new(PutReplicaMarker, Delete, Key, "s3:ReplicateDelete", Selectors: ["replica"]),
        new(PutReplicaPart, Put, Key, "s3:ReplicateObject", Selectors: ["replica", "partNumber", "uploadId"]),
        new(StateReplica, Post, Key, "s3:ReplicateObject", Selectors: ["replica"]),
    ];

    private static readonly OperationRow[] ByName = Index();

    public static OperationRow Row(S3OperationName name) => ByName[(int)name];

    private static OperationRow[] Index()
    {
        var byName = new OperationRow[Enum.GetValues<S3OperationName>().Length];
        foreach (var row in Rows) byName[(int)row.Name] = row;
        return byName;
    }
}
