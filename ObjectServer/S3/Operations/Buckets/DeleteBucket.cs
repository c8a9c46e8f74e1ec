using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.DeleteBucket)]
internal sealed class DeleteBucket(BucketService buckets, AccessLog accessLog) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await context.Access.FindBucketAsync(context.Bucket!, ct);
        var deleted = await buckets.DeleteAsync(context.Bucket!, ct);
        if (deleted.IsOk && bucket?.Logging is { } logging) await accessLog.FlushAsync(AccessLog.SourceOf(bucket), logging, evenIfEmpty: false, ct);
        if (deleted.IsOk)
            context.SendEmpty(StatusCodes.Status204NoContent);
        else
            await context.SendFailureAsync(deleted.Failure, ct);
    }
}
