using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Lifecycle;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketLifecycleConfiguration)]
internal sealed class PutBucketLifecycleConfiguration(LifecycleService lifecycle) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        RequiredDigest.Check(context, "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
        var minimum = TransitionMinimums.Parse(context.Header(TransitionMinimums.Header));
        var rules = LifecycleParser.Parse(await context.Body.ReadDocumentAsync(LifecycleDocument.MaxBodyBytes, ct));
        var put = await lifecycle.PutAsync(context.Bucket!, new LifecycleConfiguration(rules, minimum), ct);
        if (!put.IsOk)
        {
            await context.SendFailureAsync(put.Failure, ct);
            return;
        }

        context.Response.Headers[TransitionMinimums.Header] = TransitionMinimums.Name(minimum);
        context.SendEmpty(StatusCodes.Status200OK);
    }
}
