using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Without controls the writer owns what it writes, as before there were any.</summary>
[Handles(S3OperationName.DeleteBucketOwnershipControls)]
internal sealed class DeleteBucketOwnershipControls(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await buckets.PutConfigurationAsync(context.Bucket!, OwnershipControls.Kind, OwnershipControls.Deleted, ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(deleted.Failure, ct);
    }
}
