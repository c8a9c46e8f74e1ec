using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.UploadPart)]
internal sealed class UploadPart(PartWriter parts, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        Uploads.CheckLength(context, options);
        var uploaded = await parts.UploadAsync(new()
        {
            Bucket = context.Bucket!,
            Key = context.Key!,
            UploadId = Parameters.UploadId(context),
            PartNumber = Parameters.PartNumber(context),
            CustomerKey = EncryptionHeaders.ReadKey(context.Headers, options.TakesKeys(context)),
        }, context.Body, ct);
        if (!uploaded.IsOk)
        {
            await context.SendFailureAsync(uploaded.Failure, ct);
            return;
        }

        context.Response.Headers.ETag = ETags.Quote(uploaded.Value.ETag);
        EncryptionHeaders.Write(context.Response.Headers, uploaded.Value.Encryption, context.Headers);
        Answers.SetChecksum(context, uploaded.Value.Checksum, withType: false);
        context.SendEmpty(StatusCodes.Status200OK);
    }
}
