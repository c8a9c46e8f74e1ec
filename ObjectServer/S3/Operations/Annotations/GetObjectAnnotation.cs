using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObjectAnnotation)]
internal sealed class GetObjectAnnotation(AnnotationService annotations) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var opened = await annotations.OpenAsync(AnnotationCalls.Target(context), ct);
        if (!opened.IsOk)
        {
            await context.SendFailureAsync(opened.Failure, ct);
            return;
        }

        using var handle = opened.Value;
        var annotation = handle.Annotation;
        var headers = context.Response.Headers;
        headers.ETag = ETags.Quote(annotation.ETag);
        headers.LastModified = Timestamps.HttpDate(annotation.LastModified);
        headers.ContentLength = annotation.LengthBytes;
        // Nobody said what the text is: a browser is not to guess.
        headers.ContentType = "binary/octet-stream";
        if (string.Equals(context.Header("x-amz-checksum-mode"), "ENABLED", StringComparison.OrdinalIgnoreCase))
            Answers.SetChecksum(context, annotation.Checksum);
        EncryptionHeaders.Write(headers, annotation.Encryption, context.Headers);
        AnnotationCalls.SetVersion(context, handle.Object);
        context.Response.StatusCode = StatusCodes.Status200OK;
        await handle.Content.ReadAsync(0, annotation.LengthBytes, context.Response.Body, ct);
    }
}
