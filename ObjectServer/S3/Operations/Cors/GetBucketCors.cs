using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketCors)]
internal sealed class GetBucketCors(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var document = await buckets.GetConfigurationAsync(context.Bucket!, CorsRules.Kind, ct);
        if (document.IsOk)
            await context.SendXmlAsync(StatusCodes.Status200OK, document.Value, ct);
        else if (document.Fault == ObjectFault.NoSuchConfiguration)
            await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchCORSConfiguration, null, ("BucketName", context.Bucket)), ct);
        else
            await context.SendFailureAsync(document.Failure!, ct);
    }
}
