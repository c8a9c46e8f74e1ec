using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.AbortMultipartUpload)]
internal sealed class AbortMultipartUpload(MultipartService multipart) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var aborted = await multipart.AbortAsync(context.Bucket!, context.Key!, Parameters.UploadId(context), ct);
        if (aborted.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(aborted.Failure, ct);
    }
}
