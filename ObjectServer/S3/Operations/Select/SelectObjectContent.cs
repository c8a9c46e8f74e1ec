using Microsoft.AspNetCore.Http;
using ObjectStore.Select;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>Runs SQL over one object and sends what it finds as an event stream.</summary>
[Handles(S3OperationName.SelectObjectContent)]
internal sealed class SelectObjectContent(ObjectReader objects, S3OperationOptions options) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        // As in S3, which has the call for the signed only and for the current version only.
        if (context.Principal.IsAnonymous) throw new S3Exception(S3ErrorCode.AccessDenied);
        if (context.Query["versionId"] is { } version)
            throw new S3Exception(Invalid.Argument("versionId", version, "SelectObjectContent does not take a version."));
        try
        {
            await SelectAsync(context, ct);
        }
        catch (SelectException e) when (!context.Response.HasStarted)
        {
            await context.SendErrorAsync(SelectErrors.Of(e), ct);
        }
    }

    private async ValueTask SelectAsync(S3RequestContext context, CancellationToken ct)
    {
        if (context.Headers.ContainsKey("Range")) throw new SelectException(SelectErrorCode.UnsupportedRangeHeader);
        var body = await context.Body.ReadDocumentAsync(SelectDocument.MaxBodyBytes, ct);
        if (body.IsEmpty) throw new SelectException(SelectErrorCode.EmptyRequestBody);
        var query = new SelectQuery(SelectDocument.Parse(body) ?? throw new S3Exception(S3ErrorCode.MalformedXML));

        var opened = await objects.OpenAsync(ObjectAnswer.Request(context, options), ct);
        if (!opened.IsOk)
        {
            await context.SendFailureAsync(opened.Failure, ct);
            return;
        }

        using var handle = opened.Value;
        // Not before the request is there: a slow sender takes no place.
        if (!options.SelectTurns.TryEnter()) throw new S3Exception(S3ErrorCode.SlowDown);
        try
        {
            await SendAsync(context, query, handle, ct);
        }
        finally
        {
            options.SelectTurns.Leave();
        }
    }

    private async ValueTask SendAsync(S3RequestContext context, SelectQuery query, ObjectHandle handle, CancellationToken ct)
    {
        EncryptionHeaders.Write(context.Response.Headers, handle.Info.Encryption, context.Headers);
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.Headers.ContentType = "application/vnd.amazon.eventstream";
        await query.RunAsync(new HandleBytes(handle), context.Response.Body, options.SelectTurns, options.Time, ct);
    }
}
