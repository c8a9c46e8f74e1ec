using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Replication;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Every operation that is built, over one object service and the accounts that use it.</summary>
internal static class OperationSet
{
    /// <param name="analytics">Counts what storage class analyses want to know; null where nobody asks.</param>
    /// <param name="replication">Null where nothing can be sent anywhere.</param>
    /// <param name="metrics">Counts requests to buckets; null where nobody does.</param>
    /// <param name="accessLog">What records requests; null where nobody does.</param>
    /// <param name="notifications">Judges targets; null where there are none.</param>
    /// <param name="cors">The rules that the server asks too; null where nobody else does.</param>
    public static IReadOnlyList<IS3Operation> All(ObjectServices services, IIdentities identities, S3OperationOptions options, ICorsRules? cors = null, NotificationChecks? notifications = null, AccessLog? accessLog = null, RequestMetrics? metrics = null, AnalyticsCounters? analytics = null, ReplicationSetup? replication = null) =>
    [
        .. Metrics(services, metrics ?? new RequestMetrics()),
        .. Annotations(services),
        .. Replicas(services, options),
        .. Transfers(services, options, analytics ?? new AnalyticsCounters(services.Engine)),
        .. Replication(services, identities, options, replication ?? ReplicationSetup.WithoutDestinations(services, identities)),
        .. Reporting(services, identities, options, accessLog ?? new AccessLog(services, identities, options.Region)),
        new CreateBucket(services.Buckets, identities, options),
        new HeadBucket(services.Buckets),
        new ListBuckets(services.Buckets),
        new GetBucketLocation(services.Buckets),
        new PutBucketVersioning(services.Buckets),
        new GetBucketVersioning(services.Buckets),
        new PutBucketEncryption(services.Buckets),
        new GetBucketEncryption(services.Buckets),
        new DeleteBucketEncryption(services.Buckets),
        new PutBucketLifecycleConfiguration(services.Lifecycle),
        new GetBucketLifecycleConfiguration(services.Lifecycle),
        new DeleteBucketLifecycle(services.Lifecycle),
        new DefaultConfiguration(services.Buckets),
        new PutBucketNotificationConfiguration(services.Buckets, notifications ?? NotificationChecks.WithoutTargets(services.Engine, identities), options),
        new GetBucketNotificationConfiguration(services.Buckets),
        new PutBucketCors(services.Buckets),
        new GetBucketCors(services.Buckets),
        new DeleteBucketCors(services.Buckets),
        new Preflight(cors ?? new CorsRules(services.Buckets)),
        new GetBucketAcl(identities),
        new PutBucketAcl(services.Buckets, identities),
        new GetObjectAcl(services.Reader, identities),
        new PutObjectAcl(services.Reader, services.Updater, identities),
        new GetBucketOwnershipControls(),
        new PutBucketOwnershipControls(services.Buckets),
        new DeleteBucketOwnershipControls(services.Buckets),
        new GetPublicAccessBlock(),
        new PutPublicAccessBlock(services.Buckets),
        new DeletePublicAccessBlock(services.Buckets),
        new GetAccountPublicAccessBlock(identities),
        new PutAccountPublicAccessBlock(identities),
        new DeleteAccountPublicAccessBlock(identities),
        new PutBucketPolicy(services.Buckets, identities, options),
        new GetBucketPolicy(),
        new DeleteBucketPolicy(services.Buckets),
        new GetBucketPolicyStatus(identities),
        new GetBucketRequestPayment(),
        new PutBucketRequestPayment(services.Buckets),

        new PutObjectTagging(services.Updater),
        new GetObjectTagging(services.Reader),
        new DeleteObjectTagging(services.Updater),
        new PutBucketTagging(services.Buckets),
        new GetBucketTagging(services.Buckets),
        new DeleteBucketTagging(services.Buckets),
        new PutBucketAbac(services.Buckets),
        new GetBucketAbac(),
        new TagResource(services.Buckets),
        new UntagResource(services.Buckets),
        new ListTagsForResource(services.Buckets),

        new PutObjectLockConfiguration(services.Buckets),
        new GetObjectLockConfiguration(services.Buckets),
        new PutObjectRetention(services.Updater),
        new GetObjectRetention(services.Buckets, services.Reader),
        new PutObjectLegalHold(services.Updater),
        new GetObjectLegalHold(services.Buckets, services.Reader),

        new UpdateObjectEncryption(services.Updater),

        new HeadObject(services.Reader, options),
        new GetObjectAttributes(services.Reader, options),
        new SelectObjectContent(services.Reader, options),
        new GetObjectTorrent(),
        new RenameObject(services.Renamer),
        new DeleteObject(services.Deleter),
        new DeleteObjects(services.Deleter),
        new CopyObject(services.Copier, options),
        new RestoreObject(services.Restores),

        new ListObjects(services.Lister),
        new ListObjectsV2(services.Lister),
        new ListObjectVersions(services.Versions),

        new CreateMultipartUpload(services.Multipart, options),
        new UploadPart(services.Parts, options),
        new UploadPartCopy(services.Parts, options),
        new CompleteMultipartUpload(services.Multipart, options),
        new AbortMultipartUpload(services.Multipart),
        new ListParts(services.Uploads, identities),
        new ListMultipartUploads(services.Uploads, identities),
    ];

    private static IEnumerable<IS3Operation> Reporting(ObjectServices services, IIdentities identities, S3OperationOptions options, AccessLog accessLog) =>
    [
        new DeleteBucket(services.Buckets, accessLog),
        new PutBucketLogging(services.Buckets, identities, accessLog),
        new GetBucketLogging(),
        new PostBucketLogging(accessLog),
        new PutBucketWebsite(services.Buckets, options),
        new GetBucketWebsite(services.Buckets),
        new DeleteBucketWebsite(services.Buckets),
        new PutBucketInventoryConfiguration(services.Engine),
        new GetBucketInventoryConfiguration(services.Engine),
        new ListBucketInventoryConfigurations(services.Engine),
        new DeleteBucketInventoryConfiguration(services.Engine),
        new PutBucketAnalyticsConfiguration(services.Engine),
        new GetBucketAnalyticsConfiguration(services.Engine),
        new ListBucketAnalyticsConfigurations(services.Engine),
        new DeleteBucketAnalyticsConfiguration(services.Engine),
    ];

    private static IEnumerable<IS3Operation> Transfers(ObjectServices services, S3OperationOptions options, AnalyticsCounters analytics) =>
    [
        new PutObject(services.Writer, services.Appender, analytics, options),
        new PostObject(services.Writer, analytics, options),
        new GetObject(services.Reader, analytics, options),
    ];

    private static IEnumerable<IS3Operation> Replication(ObjectServices services, IIdentities identities, S3OperationOptions options, ReplicationSetup replication) =>
    [
        new PutBucketReplication(services.Engine, replication, identities, options),
        new GetBucketReplication(replication),
        new DeleteBucketReplication(replication),
    ];

    private static IEnumerable<IS3Operation> Annotations(ObjectServices services) =>
    [
        new PutObjectAnnotation(services.Annotations),
        new GetObjectAnnotation(services.Annotations),
        new ListObjectAnnotations(services.Annotations),
        new DeleteObjectAnnotation(services.Annotations),
    ];

    private static IEnumerable<IS3Operation> Replicas(ObjectServices services, S3OperationOptions options) =>
    [
        new ProbeReplica(services.Buckets),
        new StateReplica(services.Replicas),
        new PutReplica(services.Replicas, services.Engine.Digests),
        new PutReplicaMarker(services.Replicas),
        new CreateReplicaUpload(services.Replicas),
        new PutReplicaPart(services.Replicas, options),
        new CompleteReplica(services.Replicas),
        new CompareReplicaAnnotations(services.Replicas),
        new PutReplicaAnnotation(services.Replicas, services.Engine.Digests),
    ];

    private static IEnumerable<IS3Operation> Metrics(ObjectServices services, RequestMetrics metrics) =>
    [
        new PutBucketMetricsConfiguration(services.Buckets, metrics),
        new GetBucketMetricsConfiguration(),
        new ListBucketMetricsConfigurations(),
        new DeleteBucketMetricsConfiguration(services.Buckets, metrics),
    ];
}
