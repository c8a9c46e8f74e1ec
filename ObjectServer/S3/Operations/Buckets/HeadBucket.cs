using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.HeadBucket)]
internal sealed class HeadBucket(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (!bucket.IsOk)
        {
            await context.SendFailureAsync(bucket.Failure, ct);
            return;
        }

        context.Response.Headers["x-amz-bucket-region"] = bucket.Value.Region;
        context.Response.Headers["x-amz-access-point-alias"] = "false";
        context.SendEmpty(StatusCodes.Status200OK);
    }
}
