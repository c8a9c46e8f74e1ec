using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Lifecycle;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketLifecycleConfiguration)]
internal sealed class GetBucketLifecycleConfiguration(LifecycleService lifecycle) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await lifecycle.GetAsync(context.Bucket!, ct);
        if (found.Fault == ObjectFault.NoSuchConfiguration)
        {
            await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchLifecycleConfiguration, null, ("BucketName", context.Bucket)), ct);
            return;
        }

        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        context.Response.Headers[TransitionMinimums.Header] = TransitionMinimums.Name(found.Value.Minimum);
        await context.SendXmlAsync(StatusCodes.Status200OK, found.Value, LifecycleDocument.Write, ct);
    }
}
