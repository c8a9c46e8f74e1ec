using System.Buffers;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.UploadPartCopy)]
internal sealed class UploadPartCopy(PartWriter parts, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var source = CopySources.Read(context);
        var copying = parts.CopyAsync(new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            UploadId = Parameters.UploadId(context),
            PartNumber = Parameters.PartNumber(context),
            SourceBucket = source.Bucket,
            SourceKey = source.Key,
            SourceVersionId = source.VersionId,
            SourceConditions = Conditions.OfCopySource(context.Headers),
            Range = Range(context, options),
            SourceCustomerKey = EncryptionHeaders.ReadSourceKey(context.Headers, options.TakesKeys(context)),
            CustomerKey = EncryptionHeaders.ReadKey(context.Headers, options.TakesKeys(context)),
        }, ct);
        await SlowAnswer.SendAsync(context, options, copying, SetHeaders, Write, ct);
    }

    private static void SetHeaders(S3RequestContext context, PartCopyResult copied)
    {
        EncryptionHeaders.Write(context.Response.Headers, copied.Part.Encryption, context.Headers);
        CopySources.SetSourceVersion(context, copied.SourceVersionId);
    }

    private static (long OffsetBytes, long LengthBytes)? Range(S3RequestContext context, S3OperationOptions options)
    {
        var header = context.Header("x-amz-copy-source-range");
        if (string.IsNullOrEmpty(header))
            return null;
        if (!RangeHeader.TryParseCopyRange(header, out var first, out var last))
        {
            throw new S3Exception(Invalid.Argument("x-amz-copy-source-range", header,
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"));
        }

        return last - first < options.MaxUploadBytes ? (first, last - first + 1) : throw new S3Exception(S3ErrorCode.EntityTooLarge);
    }

    private static void Write(IBufferWriter<byte> output, S3RequestContext context, PartCopyResult copied)
    {
        var xml = new XmlBuilder(output);
        xml.Root("CopyPartResult"u8);
        xml.Element("LastModified"u8, copied.Part.LastModified);
        xml.ETag(copied.Part.ETag);
        ChecksumNames.Write(ref xml, copied.Part.Checksum, withType: false);
        xml.Close("CopyPartResult"u8);
        xml.Complete();
    }
}
