using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>A bucket without a policy is as well.</summary>
[Handles(S3OperationName.DeleteBucketPolicy)]
internal sealed class DeleteBucketPolicy(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await BucketPolicyCalls.OwnBucketAsync(context, ct);
        var deleted = await buckets.PutConfigurationsAsync(bucket.Name, [(BucketAccessCache.PolicyKind, null), (BucketAccessCache.PolicyBindsRootKind, null)], ct);
        if (deleted.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(deleted.Failure, ct);
    }
}
