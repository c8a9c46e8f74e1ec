using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Replaces all tags of a bucket.</summary>
[Handles(S3OperationName.PutBucketTagging)]
internal sealed class PutBucketTagging(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        await TagDocuments.RefuseWithAbacAsync(context, ct);
        var tags = await TagDocuments.ReadAsync(context, Tags.MaxOfBucket, ct);
        var tagged = await buckets.PutConfigurationAsync(context.Bucket!, TagDocuments.Kind, TagDocuments.Write(tags), ct);
        if (tagged.IsOk)
            context.SendEmpty(StatusCodes.Status200OK);
        else
            await context.SendFailureAsync(tagged.Failure, ct);
    }
}
