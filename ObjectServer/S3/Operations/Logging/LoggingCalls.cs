using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls about bucket logging share.</summary>
internal static class LoggingCalls
{
    /// <summary>S3 API Reference, PutBucketLogging: "you must be the bucket owner", whatever policies say.</summary>
    public static async ValueTask<BucketAccess> OwnBucketAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await context.Access.FindBucketAsync(context.Bucket!, ct) ?? throw new S3Exception(new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", context.Bucket)));
        return bucket.IsOwnedBy(context.Principal) ? bucket : throw new S3Exception(S3ErrorCode.AccessDenied);
    }

    /// <summary>The name of the object that was written, as Ceph tells it; clients of AWS look at the status alone.</summary>
    public static ValueTask SendFlushedAsync(S3RequestContext context, string? key, CancellationToken ct)
    {
        if (key is not null) return context.SendXmlAsync(StatusCodes.Status200OK, (context.Operation.Name, key), static (output, state) =>
        {
            var root = state.Name == Routing.S3OperationName.PostBucketLogging ? "PostBucketLoggingOutput"u8 : "PutBucketLoggingOutput"u8;
            var xml = new XmlBuilder(output);
            xml.Begin(root);
            xml.Element("FlushedLoggingObject"u8, state.key);
            xml.Close(root);
            xml.Complete();
        }, ct);
        context.SendEmpty(StatusCodes.Status200OK);
        return ValueTask.CompletedTask;
    }
}
