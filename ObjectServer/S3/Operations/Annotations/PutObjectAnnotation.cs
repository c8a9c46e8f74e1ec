using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutObjectAnnotation)]
internal sealed class PutObjectAnnotation(AnnotationService annotations) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        CheckLength(context);
        var target = AnnotationCalls.Target(context) with
        {
            BypassGovernance = await AnnotationCalls.MayBypassAsync(context, ct),
            StoredChecksum = Uploads.StoredChecksum(context),
        };
        var put = await annotations.PutAsync(target, context.Body, ct);
        if (!put.IsOk)
        {
            await context.SendFailureAsync(put.Failure, ct);
            return;
        }

        var (version, annotation) = put.Value;
        context.Response.Headers.ETag = ETags.Quote(annotation.ETag);
        Answers.SetChecksum(context, annotation.Checksum);
        EncryptionHeaders.Write(context.Response.Headers, annotation.Encryption, context.Headers);
        AnnotationCalls.SetVersion(context, version);
        await context.SendXmlAsync(StatusCodes.Status200OK, put.Value, Write, ct);
    }

    private static void CheckLength(S3RequestContext context)
    {
        var length = context.Body.LengthBytes ?? throw new S3Exception(S3ErrorCode.MissingContentLength);
        if (length > AnnotationRules.MaxLengthBytes)
            throw new S3Exception(new S3Error(S3ErrorCode.EntityTooLarge, null, ("ProposedSize", Text(length)), ("MaxSizeAllowed", Text(AnnotationRules.MaxLengthBytes))));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Write(IBufferWriter<byte> output, AnnotationResult put)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("PutObjectAnnotationOutput"u8);
        xml.Element("Key"u8, put.Object.Key);
        xml.Element("AnnotationName"u8, put.Annotation.Name);
        xml.Close("PutObjectAnnotationOutput"u8);
        xml.Complete();
    }
}
