using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.HeadObject)]
internal sealed class HeadObject(ObjectReader objects, S3OperationOptions options) : S3Operation
{
    protected override ValueTask RunAsync(S3RequestContext context, CancellationToken ct) =>
        ObjectAnswer.PartNumber(context) is { } number ? HeadPartAsync(context, number, ct) : HeadWholeAsync(context, ct);

    private async ValueTask HeadWholeAsync(S3RequestContext context, CancellationToken ct)
    {
        var found = await objects.StatAsync(ObjectAnswer.Request(context, options), ct);
        if (!found.IsOk)
        {
            await context.SendFailureAsync(found.Failure, ct);
            return;
        }

        await AnswerAsync(context, found.Value, null, ct);
    }

    private async ValueTask HeadPartAsync(S3RequestContext context, int number, CancellationToken ct)
    {
        var opened = await objects.OpenAsync(ObjectAnswer.Request(context, options) with { AsksOnly = true }, ct);
        if (!opened.IsOk)
        {
            await context.SendFailureAsync(await ObjectAnswer.FailureOfPartAsync(context, objects, number, opened.Failure, ct), ct);
            return;
        }

        using var handle = opened.Value;
        var part = await handle.GetPartAsync(number, ct);
        if (!part.IsOk)
        {
            await context.SendFailureAsync(part.Failure, ct);
            return;
        }

        await AnswerAsync(context, handle.Info, part.Value, ct);
    }

    private static async ValueTask AnswerAsync(S3RequestContext context, ObjectInfo info, PartInfo? part, CancellationToken ct)
    {
        if (ObjectAnswer.Select(context, info, part) is not { } selection)
        {
            await ObjectAnswer.SendUnsatisfiableAsync(context, info, ct);
            return;
        }

        ObjectAnswer.SetHeaders(context, info, selection);
        if (info.IsArchived && context.Dialect.ArchivedHasNoLength)
            context.Response.Headers.ContentLength = 0;
        await ObjectAnswer.SetGuardedHeadersAsync(context, info, ct);
    }
}
