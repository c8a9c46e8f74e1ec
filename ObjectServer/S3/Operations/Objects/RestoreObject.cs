using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Asks for a copy of a version whose bytes are in a tier; without days, for the version itself.</summary>
[Handles(S3OperationName.RestoreObject)]
internal sealed class RestoreObject(RestoreService restores) : S3Operation
{
    private const int MaxDays = 36_500;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var wanted = RestoreDocument.Parse(await context.Body.ReadDocumentAsync(RestoreDocument.MaxBodyBytes, ct)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        if (wanted.IsSelect) throw new S3Exception(S3ErrorCode.NotImplemented, "A restore cannot query the object: restore it, and use SelectObjectContent.");
        if (wanted.Days is < 1 or > MaxDays) throw new S3Exception(Invalid.Argument("Days", $"{wanted.Days}", $"Days is a number from 1 to {MaxDays}."));
        if (wanted.Tier is not (null or "Standard" or "Bulk" or "Expedited")) throw new S3Exception(S3ErrorCode.MalformedXML);

        var target = Parameters.Target(context);
        var done = await restores.RequestAsync(target, wanted.Days, ct);
        if (!done.IsOk)
        {
            await context.SendFailureAsync(done.Failure, ct);
            return;
        }
        context.SendEmpty(done.Value == RestoreOutcome.Accepted ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
