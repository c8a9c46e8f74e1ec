using System.Security.Authentication;
using ObjectStore.Server.Admin;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Http;

/// <summary>The admin API over HTTP. Signed in the header only: a link that works for whoever finds it is nothing for operators.</summary>
/// <param name="authenticator">For the services s3 and objectstore.</param>
internal sealed class AdminEndpoint(AdminApi api, SignatureV4Authenticator authenticator, TimeProvider time, ILogger<AdminEndpoint> logger)
{
    public static readonly IReadOnlyList<string> SignedServices = ["s3", "objectstore"];

    public async Task ProcessAsync(Exchange exchange)
    {
        try
        {
            await SendAsync(exchange, await AnswerAsync(exchange, exchange.Aborted));
        }
        catch (OperationCanceledException) when (exchange.Aborted.IsCancellationRequested)
        {
            exchange.Response.Abort();
        }
        catch (Exception exception)
        {
            AdminLog.Failed(logger, exception, exchange.RequestId);
            if (exchange.Response.HasStarted) exchange.Response.Abort();
            else await SendAsync(exchange, AdminError.Internal);
        }
        finally
        {
            exchange.Body?.Dispose();
        }
    }

    /// <summary>1. who asks; 2. for what; 3. whether that is allowed; 4. the body; 5. the call.</summary>
    private async ValueTask<AdminAnswer> AnswerAsync(Exchange exchange, CancellationToken ct)
    {
        // 1. Before anything else, so that strangers learn nothing of what there is.
        var request = exchange.Request;
        if (request.Headers.Authorization.Count == 0) return AdminError.Unsigned;
        var authenticated = authenticator.Authenticate(new AuthenticationRequest(request.Method, exchange.Target.RawPath, exchange.Query, request.Headers));
        if (authenticated.Error is { } error) return AdminError.OfSignature(error);
        if (authenticated.Principal.IsAnonymous || authenticated.Credential is null) return AdminError.Unsigned;

        // 2. and 3.
        if (!api.TryRoute(request.Method, exchange.Target.RawPath, exchange.Query, out var route, out var refused)) return refused;
        var conditions = new AdminConditions(authenticated.Principal, exchange.SourceAddress, exchange.Tls != SslProtocols.None, time.GetUtcNow());
        if (api.Authorize(route, authenticated.Principal, conditions) is { } denied) return denied;

        // 4.
        if (authenticated.Payload != PayloadSigning.Hash) return AdminError.BodyNotSigned;
        if (ExpectedDigests.TryRead(request.Headers, ofBody: true, trailerAllowed: false, authenticated.PayloadHash, out var expected) is { } digestError)
            return AdminError.FromS3(digestError);
        var length = request.Headers.ContentLength ?? (exchange.CanHaveBody ? null : 0);
        exchange.Body = new HttpRequestBody(exchange.OpenBody, length, decoder: null, expected);
        var (body, bodyError) = await ReadBodyAsync(exchange.Body, route.Call.HasBody, ct);
        if (bodyError is not null) return bodyError;

        // 5.
        var token = request.Headers["x-amz-security-token"] is [{ Length: > 0 } text] ? text : null;
        return await api.ExecuteAsync(new AdminContext(route, authenticated.Credential, token, body), ct);
    }

    private static async ValueTask<(ReadOnlyMemory<byte> Body, AdminError? Error)> ReadBodyAsync(HttpRequestBody body, bool isExpected, CancellationToken ct)
    {
        try
        {
            return (await body.ReadDocumentAsync(isExpected ? AdminApi.MaxBodyBytes : 0, ct), null);
        }
        catch (S3Exception exception) when (exception.Error.Code == S3ErrorCode.MaxMessageLengthExceeded)
        {
            return (default, isExpected ? AdminError.TooLarge : AdminError.Malformed("This call has no body."));
        }
        catch (S3Exception)
        {
            return (default, AdminError.BodyDiffers);
        }
        catch (ContentSourceException)
        {
            return (default, AdminError.Malformed("The body is not as long as was announced."));
        }
    }

    private static async ValueTask SendAsync(Exchange exchange, AdminAnswer answer)
    {
        var response = exchange.Response;
        response.StatusCode = answer.Status;
        response.Headers.CacheControl = "no-store";
        if (answer.Body.IsEmpty) return;
        response.Headers.ContentType = "application/json";
        response.Headers.ContentLength = answer.Body.Length;
        await response.Body.WriteAsync(answer.Body, exchange.Aborted);
    }
}
