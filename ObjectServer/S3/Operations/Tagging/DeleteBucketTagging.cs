using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteBucketTagging)]
internal sealed class DeleteBucketTagging(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await TagDocuments.RefuseWithAbacAsync(context, ct);
        var untagged = await buckets.DeleteConfigurationAsync(context.Bucket!, TagDocuments.Kind, ct);
        if (untagged.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(untagged.Failure, ct);
    }
}
