using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Cors;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Operations;

/// <summary>
/// The question that a browser asks before a page of another origin may send its request. Nobody is authenticated for it: the
/// bucket's rules alone decide, and it tells nothing of the bucket but what these allow.
/// </summary>
[Handles(S3OperationName.PreflightBucket)]
[Handles(S3OperationName.PreflightObject)]
internal sealed class Preflight(ICorsRules rules) : IS3Operation
{
    private static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

    public async ValueTask ExecuteAsync(S3RequestContext context, CancellationToken ct)
    {
        if (context.Header("Origin") is not { Length: > 0 } origin)
            throw new S3Exception(S3ErrorCode.BadRequest, "Insufficient information. Origin request header needed.");
        var method = context.Header(CorsHeaders.RequestMethod);
        if (method is null || !Methods.Contains(method))
            throw new S3Exception(S3ErrorCode.BadRequest, $"Invalid Access-Control-Request-Method: {method ?? "null"}");

        var found = await rules.FindAsync(context.Bucket!, ct);
        if (!found.IsOk)
        {
            await SendRefusalAsync(context, method, found.Fault == ObjectFault.NoSuchBucket ? "Bucket not found" : "CORS is not enabled for this bucket.", ct);
            return;
        }

        var headers = CorsHeaders.ReadNames(context.Headers);
        if (found.Value.Find(origin, method, headers) is not { } rule)
        {
            await SendRefusalAsync(
                context,
                method,
                "This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
                ct);
            return;
        }

        CorsHeaders.Set(context.Response.Headers, rule, origin);
        if (headers.Count > 0)
            context.Response.Headers.AccessControlAllowHeaders = string.Join(", ", headers);
        context.SendEmpty(StatusCodes.Status200OK);
    }

    private static ValueTask SendRefusalAsync(S3RequestContext context, string method, string message, CancellationToken ct) => context.SendErrorAsync(
        new S3Error(
            S3ErrorCode.AccessForbidden, "CORSResponse: " + message, ("Method", method), ("ResourceType", context.Key is null ? "BUCKET" : "OBJECT")),
        ct);
}
