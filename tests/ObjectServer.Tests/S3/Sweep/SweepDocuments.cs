using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.S3.Routing;
using static ObjectStore.Server.S3.Routing.S3OperationName;

namespace ObjectStore.Server.Tests.S3.Sweep;

/// <summary>A small valid document for each call that takes one.</summary>
internal static class SweepDocuments
{
    private const string Namespace = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    private const string Instance = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

    public static byte[] Of(S3OperationName name, SweepBucket bucket, string ownerId) => name switch
    {
        StateReplica or CreateReplicaUpload or CompleteReplica => DocumentOf(parts: 1).ToByteArray(),
        PutReplica => EnvelopeOf(DocumentOf(parts: 0), "hello"u8),
        PutReplicaAnnotation => EnvelopeOf(new ReplicaAnnotationList { Sequence = Sequence, Nonce = 1, Annotations = { new ReplicaAnnotation { Name = "n", Length = 5, Etag = ETag, ModifiedTicks = Sequence } } }, "hello"u8),
        _ => Encoding.UTF8.GetBytes(TextOf(name, bucket, ownerId)),
    };

    /// <summary>Of a version of another store.</summary>
    public const ulong Sequence = 17_000_000_000_000_000;

    private static ByteString ETag => ByteString.CopyFrom(new byte[16]);

    private static ReplicaDocument DocumentOf(int parts)
    {
        var document = new ReplicaDocument { Version = new VersionRecord { Sequence = Sequence, Nonce = 1, ModifiedTicks = Sequence, Length = 5, Etag = ETag, PartCount = (uint)parts } };
        if (parts > 0) document.Parts.Add(new ManifestPart { PartNumber = 1, Length = 5, Etag = ETag, ModifiedTicks = Sequence });
        return document;
    }

    private static byte[] EnvelopeOf(IMessage document, ReadOnlySpan<byte> bytes)
    {
        var head = new byte[4 + document.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(head, head.Length - 4);
        document.WriteTo(head.AsSpan(4));
        return [.. head, .. bytes];
    }

    private static string TextOf(S3OperationName name, SweepBucket bucket, string ownerId) => name switch
    {
        PutObject or UploadPart or PutObjectAnnotation => "hello",
        DeleteObjects => $"<Delete {Namespace}><Object><Key>{SweepBucket.Key}</Key></Object></Delete>",
        CompleteMultipartUpload =>
            $"<CompleteMultipartUpload {Namespace}><Part><PartNumber>1</PartNumber><ETag>{bucket.PartETag}</ETag></Part></CompleteMultipartUpload>",
        PutBucketVersioning => $"<VersioningConfiguration {Namespace}><Status>Enabled</Status></VersioningConfiguration>",
        PutBucketTagging or PutObjectTagging => $"<Tagging {Namespace}><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        PutBucketCors => $"<CORSConfiguration {Namespace}><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>",
        PutBucketLifecycle or PutBucketLifecycleConfiguration =>
            $"<LifecycleConfiguration {Namespace}><Rule><Prefix>p</Prefix><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>",
        PutBucketPolicy => $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"s3:GetObject","Resource":"{{bucket.Arn}}/*"}]}
            """,
        PutBucketAcl or PutObjectAcl =>
            $"<AccessControlPolicy {Namespace}><Owner><ID>{ownerId}</ID></Owner><AccessControlList><Grant><Grantee {Instance} xsi:type=\"CanonicalUser\"><ID>{ownerId}</ID></Grantee>"
            + "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
        PutBucketOwnershipControls =>
            $"<OwnershipControls {Namespace}><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
        PutPublicAccessBlock or PutAccountPublicAccessBlock =>
            $"<PublicAccessBlockConfiguration {Namespace}><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>",
        PutBucketEncryption =>
            $"<ServerSideEncryptionConfiguration {Namespace}><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
            + "</ServerSideEncryptionConfiguration>",
        UpdateObjectEncryption => $"<ObjectEncryption {Namespace}><SSE-KMS><KMSKeyArn>second</KMSKeyArn></SSE-KMS></ObjectEncryption>",
        PutBucketNotification or PutBucketNotificationConfiguration => $"<NotificationConfiguration {Namespace}/>",
        PutBucketLogging => $"<BucketLoggingStatus {Namespace}/>",
        PutBucketAbac => $"<AbacStatus {Namespace}><Status>Disabled</Status></AbacStatus>",
        TagResource => "<TagResourceRequest xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\"><Tags><Tag><Key>x</Key><Value>y</Value></Tag></Tags></TagResourceRequest>",
        PutBucketAnalyticsConfiguration =>
            $"<AnalyticsConfiguration {Namespace}><Id>x</Id><StorageClassAnalysis><DataExport><OutputSchemaVersion>V_1</OutputSchemaVersion><Destination><S3BucketDestination><Format>CSV</Format>"
            + $"<Bucket>{bucket.Arn}</Bucket></S3BucketDestination></Destination></DataExport></StorageClassAnalysis></AnalyticsConfiguration>",
        PutBucketInventoryConfiguration =>
            $"<InventoryConfiguration {Namespace}><Id>x</Id><IsEnabled>false</IsEnabled><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule>"
            + $"<Destination><S3BucketDestination><Bucket>{bucket.Arn}</Bucket><Format>CSV</Format></S3BucketDestination></Destination></InventoryConfiguration>",
        PutBucketMetricsConfiguration => $"<MetricsConfiguration {Namespace}><Id>x</Id></MetricsConfiguration>",
        PutBucketReplication =>
            $"<ReplicationConfiguration {Namespace}><Role>arn:aws:iam::000000000000:root</Role><Rule><ID>x</ID><Priority>1</Priority><Status>Enabled</Status><Filter/>"
            + $"<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::{SweepServer.Replicas}</Bucket></Destination></Rule></ReplicationConfiguration>",
        RestoreObject => $"<RestoreRequest {Namespace}><Days>1</Days></RestoreRequest>",
        PutBucketRequestPayment => $"<RequestPaymentConfiguration {Namespace}><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
        PutObjectLockConfiguration => $"<ObjectLockConfiguration {Namespace}><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
        SelectObjectContent =>
            $"<SelectObjectContentRequest {Namespace}><Expression>SELECT * FROM S3Object</Expression><ExpressionType>SQL</ExpressionType>"
            + "<InputSerialization><CSV/></InputSerialization><OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>",
        PutObjectLegalHold => $"<LegalHold {Namespace}><Status>OFF</Status></LegalHold>",
        PutObjectRetention =>
            $"<Retention {Namespace}><Mode>GOVERNANCE</Mode><RetainUntilDate>{DateTime.UtcNow.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}</RetainUntilDate></Retention>",
        _ => "",
    };
}
