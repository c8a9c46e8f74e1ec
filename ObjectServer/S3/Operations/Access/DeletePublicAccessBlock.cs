using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeletePublicAccessBlock)]
internal sealed class DeletePublicAccessBlock(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await buckets.PutConfigurationAsync(context.Bucket!, PublicAccessBlocks.Kind, PublicAccessBlocks.Deleted, ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(deleted.Failure, ct);
    }
}
