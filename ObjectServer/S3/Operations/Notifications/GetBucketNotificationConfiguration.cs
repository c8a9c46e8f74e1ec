using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>A bucket's rules; an empty document if it has none.</summary>
[Handles(S3OperationName.GetBucketNotificationConfiguration)]
internal sealed class GetBucketNotificationConfiguration(BucketService buckets) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var rules = await buckets.GetNotificationAsync(context.Bucket!, ct);
        if (rules.IsOk) await context.SendXmlAsync(StatusCodes.Status200OK, rules.Value, NotificationDocument.Write, ct);
        else await context.SendFailureAsync(rules.Failure, ct);
    }
}
