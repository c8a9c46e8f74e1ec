using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteBucketLifecycle)]
internal sealed class DeleteBucketLifecycle(LifecycleService lifecycle) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await lifecycle.DeleteAsync(context.Bucket!, ct);
        if (deleted.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(deleted.Failure, ct);
    }
}
