using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Every operation that is built, over one object service and the accounts that use it.</summary>
internal static class OperationSet
{
    public static IReadOnlyList<IS3Operation> All(ObjectServices services, IIdentities identities, S3OperationOptions options) =>
    [
        new CreateBucket(services.Buckets, options),
        new HeadBucket(services.Buckets),
        new ListBuckets(services.Buckets),
        new DeleteBucket(services.Buckets),
        new GetBucketLocation(services.Buckets),
        new PutBucketVersioning(services.Buckets),
        new GetBucketVersioning(services.Buckets),
        new UnsetConfiguration(services.Buckets),
        new DefaultConfiguration(services.Buckets),
        new GetBucketAcl(services.Buckets),
        new GetObjectAcl(services.Reader),
        new GetObjectTagging(services.Reader),

        new PutObject(services.Writer, options),
        new GetObject(services.Reader),
        new HeadObject(services.Reader),
        new GetObjectAttributes(services.Reader),
        new DeleteObject(services.Deleter),
        new DeleteObjects(services.Deleter),
        new CopyObject(services.Copier, options),

        new ListObjects(services.Lister),
        new ListObjectsV2(services.Lister),
        new ListObjectVersions(services.Versions),

        new CreateMultipartUpload(services.Multipart),
        new UploadPart(services.Parts, options),
        new UploadPartCopy(services.Parts, options),
        new CompleteMultipartUpload(services.Multipart, options),
        new AbortMultipartUpload(services.Multipart),
        new ListParts(services.Uploads),
        new ListMultipartUploads(services.Uploads),
    ];
}
