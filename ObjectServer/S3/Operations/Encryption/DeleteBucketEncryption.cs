using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteBucketEncryption)]
internal sealed class DeleteBucketEncryption(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var removed = await buckets.SetEncryptionAsync(context.Bucket!, null, ct);
        if (removed.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(removed.Failure, ct);
    }
}
