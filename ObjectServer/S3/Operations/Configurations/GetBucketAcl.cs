using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketAcl)]
internal sealed class GetBucketAcl(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await buckets.GetAsync(context.Bucket!, ct);
        if (bucket.IsOk)
            await context.SendXmlAsync(StatusCodes.Status200OK, (bucket.Value.OwnerId, context.Principal), AccessControlPolicy.Write, ct);
        else
            await context.SendFailureAsync(bucket.Failure, ct);
    }
}
