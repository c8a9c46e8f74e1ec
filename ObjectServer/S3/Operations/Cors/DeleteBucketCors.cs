using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteBucketCors)]
internal sealed class DeleteBucketCors(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await buckets.DeleteConfigurationAsync(context.Bucket!, CorsRules.Kind, ct);
        if (deleted.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(deleted.Failure, ct);
    }
}
