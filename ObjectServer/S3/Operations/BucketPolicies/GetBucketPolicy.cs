using Microsoft.AspNetCore.Http;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketPolicy)]
internal sealed class GetBucketPolicy : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await BucketPolicyCalls.OwnBucketAsync(context, ct);
        if (bucket.Policy is not { } policy)
        {
            await context.SendErrorAsync(BucketPolicyCalls.NoPolicy(context), ct);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.Headers.ContentType = "application/json";
        context.Response.Headers.ContentLength = policy.Text.Length;
        await context.Response.Body.WriteAsync(policy.Text, ct);
    }
}
