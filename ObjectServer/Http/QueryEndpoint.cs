using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Iam;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;

namespace ObjectStore.Server.Http;

/// <summary>
/// The calls of IAM and STS, which share the endpoint with S3: POST / with a form, or GET / with Action and Version in the query. No call of S3 looks like that.
/// </summary>
internal sealed class QueryEndpoint(SignatureV4Authenticator authenticator, QueryService service, IdentityService identities, TimeProvider time, ILogger<QueryEndpoint> logger)
{
    /// <summary>What clients of IAM and STS sign for; some of S3's sign for "s3" whatever they call.</summary>
    public static readonly IReadOnlyList<string> SignedServices = ["iam", "sts", "sns", "s3"];

    private const string FormType = "application/x-www-form-urlencoded";

    /// <summary>Whether the request is one of these, seen from its first line and headers. Hosts that name a bucket are left to the caller.</summary>
    public static bool IsQuery(Exchange exchange)
    {
        if (exchange.Target.RawPath != "/") return false;
        return exchange.Request.Method switch
        {
            "POST" => exchange.Request.Headers.ContentType.ToString().StartsWith(FormType, StringComparison.OrdinalIgnoreCase),
            "GET" => exchange.Query.Count > 1 && exchange.Query.Contains("Action") && exchange.Query.Contains("Version"),
            _ => false,
        };
    }

    public async Task ProcessAsync(Exchange exchange)
    {
        QueryRequest? request = null;
        try
        {
            (var answer, request) = await RunAsync(exchange, exchange.Aborted);
            await SendAsync(exchange, answer, request);
        }
        catch (OperationCanceledException) when (exchange.Aborted.IsCancellationRequested)
        {
            ServerLog.ClientGone(logger, exchange.RequestId);
            exchange.Response.Abort();
        }
        catch (Exception exception) when (exception is BadHttpRequestException or ConnectionAbortedException or IOException)
        {
            // The body did not come as it was announced.
            ServerLog.ClientGone(logger, exchange.RequestId);
            exchange.Response.Abort();
        }
        catch (Exception exception)
        {
            ServerLog.RequestFailed(logger, exception, exchange.RequestId, null);
            if (exchange.Response.HasStarted) exchange.Response.Abort();
            else await SendAsync(exchange, QueryErrors.Internal, request);
        }
    }

    /// <summary>1. The body, which is small, and its form; 2. who asks: the body is part of what is signed; 3. the call, which asks the caller's policies.</summary>
    private async ValueTask<(Answer Answer, QueryRequest? Request)> RunAsync(Exchange exchange, CancellationToken ct)
    {
        var http = exchange.Request;
        using var body = new PooledBufferWriter(4096);
        if (http.Headers.ContentLength > QueryParser.MaxBodyBytes || !await TryReadAsync(exchange, body, ct)) return (QueryErrors.TooLarge, null);
        var request = http.Method == "POST" ? QueryParser.Parse(body.WrittenMemory.Span) : QueryParser.Parse(exchange.Target.RawQuery);
        if (request is null) return (QueryErrors.MalformedForm, null);

        var signed = new AuthenticationRequest(http.Method, exchange.Target.RawPath, exchange.Query, http.Headers)
        {
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(body.WrittenMemory.Span)),
        };
        var isOpen = QueryService.IsOpen(request);
        var authenticated = isOpen ? AuthenticationResult.Anonymous : authenticator.Authenticate(signed);
        if (authenticated.Error is { } error) return (QueryErrors.Of(error), request);
        if (authenticated.Principal.IsAnonymous && !isOpen) return (QueryErrors.MissingToken, request);
        return (await service.RunAsync(CallOf(exchange, request, authenticated), ct), request);
    }

    private QueryCall CallOf(Exchange exchange, QueryRequest request, AuthenticationResult authenticated) => new()
    {
        Request = request,
        Identities = identities,
        Principal = authenticated.Principal,
        Credential = authenticated.Credential,
        SessionToken = exchange.Request.Headers["X-Amz-Security-Token"] is [{ Length: > 0 } token] ? token : exchange.Query["X-Amz-Security-Token"],
        RequestId = exchange.RequestId,
        Time = time.GetUtcNow(),
        SourceAddress = exchange.SourceAddress,
        IsTls = exchange.Request.Scheme == "https",
        UserAgent = exchange.Request.Headers.UserAgent.ToString(),
    };

    private static async ValueTask<bool> TryReadAsync(Exchange exchange, PooledBufferWriter body, CancellationToken ct)
    {
        if (!exchange.CanHaveBody) return true;
        var reader = exchange.OpenBody();
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            foreach (var piece in result.Buffer) body.Write(piece.Span);
            reader.AdvanceTo(result.Buffer.End);
            if (body.WrittenMemory.Length > QueryParser.MaxBodyBytes) return false;
            if (result.IsCompleted) return true;
        }
    }

    private static async ValueTask SendAsync(Exchange exchange, Answer answer, QueryRequest? request)
    {
        var document = QueryAnswers.Write(answer, request, exchange.RequestId);
        var response = exchange.Response;
        response.StatusCode = answer.Error?.Status ?? StatusCodes.Status200OK;
        response.Headers.ContentType = "text/xml";
        response.Headers.ContentLength = document.Length;
        // Keys and tokens stand in answers.
        response.Headers.CacheControl = "no-store";
        response.Headers["x-amzn-RequestId"] = exchange.RequestId;
        await response.Body.WriteAsync(document, exchange.Aborted);
    }
}
