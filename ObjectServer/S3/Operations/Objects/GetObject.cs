using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Analytics;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetObject)]
internal sealed class GetObject(ObjectReader objects, AnalyticsCounters analytics, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var partNumber = ObjectAnswer.PartNumber(context);
        var opened = await objects.OpenAsync(ObjectAnswer.Request(context, options), ct);
        if (!opened.IsOk)
        {
            await context.SendFailureAsync(await ObjectAnswer.FailureOfPartAsync(context, objects, partNumber, opened.Failure, ct), ct);
            return;
        }

        using var handle = opened.Value;
        PartInfo? part = null;
        if (partNumber is { } number)
        {
            var found = await handle.GetPartAsync(number, ct);
            if (!found.IsOk)
            {
                await context.SendFailureAsync(found.Failure, ct);
                return;
            }

            part = found.Value;
        }

        if (ObjectAnswer.Select(context, handle.Info, part) is not { } selection)
        {
            await ObjectAnswer.SendUnsatisfiableAsync(context, handle.Info, ct);
            return;
        }

        ObjectAnswer.SetHeaders(context, handle.Info, selection);
        await ObjectAnswer.SetGuardedHeadersAsync(context, handle.Info, ct);
        if (selection.Range.Length > 0)
            await handle.ReadAsync(selection.Range.Offset, selection.Range.Length, context.Response.Content, ct);
        analytics.CountRead(context.Access.Bucket ?? await context.Access.FindBucketAsync(context.Bucket!, ct), handle.Info, selection.Range.Length);
    }
}
