using System.Buffers;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.CopyObject)]
internal sealed class CopyObject(ObjectCopier objects, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var source = CopySources.Read(context);
        var replace = IsReplace(context, "x-amz-metadata-directive", "Unknown metadata directive.");
        if (!replace && context.Headers.ContainsKey("x-amz-website-redirect-location"))
            throw new S3Exception(S3ErrorCode.NotImplemented, "A copy that keeps metadata and changes the website redirect is not implemented.");
        var replaceTags = IsReplace(context, "x-amz-tagging-directive", "Unknown tagging directive.");
        if (!replaceTags && !string.IsNullOrEmpty(context.Header(Tags.Header)))
            throw new S3Exception(Invalid.Argument(Tags.Header, context.Header(Tags.Header), "A copy takes tags from this header only with the tagging directive REPLACE."));

        var access = await context.Access.ForNewObjectAsync(ct);
        var copying = objects.CopyAsync(new()
        {
            SourceBucket = source.Bucket,
            SourceKey = source.Key,
            SourceVersionId = source.VersionId,
            SourceConditions = Conditions.OfCopySource(context.Headers),
            Bucket = context.Bucket!,
            Key = context.Key!,
            OwnerId = access.OwnerId,
            Acl = access.Acl,
            ReplaceHeaders = replace ? ObjectHeaderFields.Read(context.Headers) : null,
            ReplaceTags = replaceTags ? Tags.OfHeader(context.Headers) : null,
            ExcludesAnnotations = AnnotationFields.Excludes(context.Headers),
            Lock = LockFields.Read(context.Headers),
            Conditions = Conditions.OfWrite(context.Headers),
            StorageClass = StorageClasses.Parse(context.Header("x-amz-storage-class")),
            SourceCustomerKey = EncryptionHeaders.ReadSourceKey(context.Headers, options.TakesKeys(context)),
            Encryption = EncryptionHeaders.Read(context.Headers, options.TakesKeys(context)),
            StoredChecksum = Uploads.RequestedChecksum(context),
            Origin = context.Origin,
        }, ct);

        await SlowAnswer.SendAsync(context, options, copying, SetHeaders, Write, ct);
    }

    private static void SetHeaders(S3RequestContext context, CopyResult copied)
    {
        EncryptionHeaders.Write(context.Response.Headers, copied.Written.Encryption, context.Headers);
        Answers.SetVersion(context, copied.Written.Versioning, copied.Written.VersionId);
        Answers.SetExpiration(context, copied.Written.Expiration);
        CopySources.SetSourceVersion(context, copied.SourceVersionId);
    }

    private static void Write(IBufferWriter<byte> output, S3RequestContext context, CopyResult copied)
    {
        var xml = new XmlBuilder(output);
        xml.Root("CopyObjectResult"u8);
        xml.Element("LastModified"u8, copied.Written.LastModified);
        xml.ETag(copied.Written.ETag);
        ChecksumNames.Write(ref xml, copied.Written.Checksum, withType: true);
        xml.Close("CopyObjectResult"u8);
        xml.Complete();
    }

    private static bool IsReplace(S3RequestContext context, string header, string message) => context.Header(header) switch
    {
        null or "" or "COPY" => false,
        "REPLACE" => true,
        var other => throw new S3Exception(Invalid.Argument(header, other, message)),
    };
}
