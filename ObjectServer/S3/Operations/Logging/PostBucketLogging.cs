using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Logging;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Delivers now what was recorded for a bucket (an extension of Ceph).</summary>
[Handles(S3OperationName.PostBucketLogging)]
internal sealed class PostBucketLogging(AccessLog accessLog) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await LoggingCalls.OwnBucketAsync(context, ct);
        if (bucket.Logging is not { } logging) throw new S3Exception(S3ErrorCode.NoSuchConfiguration, "The bucket has no logging configuration.");
        var source = AccessLog.SourceOf(bucket);
        if (await accessLog.CheckTargetAsync(source, logging, ct) is { } refused)
        {
            await context.SendFailureAsync(refused, ct);
            return;
        }
        var flushed = await accessLog.FlushAsync(source, logging, evenIfEmpty: true, ct);
        if (flushed.IsOk) await LoggingCalls.SendFlushedAsync(context, flushed.Value, ct);
        else await context.SendFailureAsync(flushed.Failure, ct);
    }
}
