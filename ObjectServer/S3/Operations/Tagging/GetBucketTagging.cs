using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketTagging)]
internal sealed class GetBucketTagging(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await buckets.GetConfigurationAsync(context.Bucket!, TagDocuments.Kind, ct);
        if (found.IsOk && BucketTags.Read(found.Value).Count > 0)
            await context.SendXmlAsync(StatusCodes.Status200OK, found.Value, ct);
        else if (found.IsOk || found.Fault == ObjectFault.NoSuchConfiguration)
            await context.SendErrorAsync(new S3Error(S3ErrorCode.NoSuchTagSet, null, ("BucketName", context.Bucket)), ct);
        else
            await context.SendFailureAsync(found.Failure, ct);
    }
}
