using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Forms;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Http;

/// <summary>One request and its answer on the server's side of the operations; what is known of it grows as it is processed.</summary>
internal sealed class Exchange
{
    private readonly IFeatureCollection _features;

    public Exchange(IFeatureCollection features, string requestId, string hostId)
    {
        _features = features;
        Request = features.GetRequiredFeature<IHttpRequestFeature>();
        Response = new HttpResponse(features, features.GetRequiredFeature<IHttpResponseFeature>());
        Aborted = features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;
        RequestId = requestId;
        HostId = hostId;
        Target = RequestTarget.Parse(Request.RawTarget);
        Query = Target.RawQuery.Length == 0 ? S3Query.Empty : new S3Query(Target.RawQuery);

        var headers = Response.Headers;
        headers.Server = "ObjectStore";
        headers["x-amz-request-id"] = requestId;
        headers["x-amz-id-2"] = hostId;
        if (Request.Headers.Expect.Count > 0) features.GetRequiredFeature<IHttpResponseFeature>().OnStarting(CloseIfNotContinued, this);
    }

    /// <summary>
    /// A client that expected "100 Continue" and got its final answer instead has not sent its body, and nobody can tell
    /// whether it still will; botocore moreover misreads the next answer on such a connection. S3 closes it, and so do we.
    /// </summary>
    private static Task CloseIfNotContinued(object state)
    {
        var exchange = (Exchange)state;
        var wasContinued = exchange.CanHaveBody && exchange.Body is { IsTouched: true };
        if (!wasContinued) exchange.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    public IHttpRequestFeature Request { get; }

    public HttpResponse Response { get; }

    public CancellationToken Aborted { get; }

    public string RequestId { get; }

    public string HostId { get; }

    public RequestTarget Target { get; }

    public S3Query Query { get; }

    /// <summary>Whose answers are given where AWS and Ceph differ.</summary>
    public S3Dialect Dialect { get; init; } = S3Dialect.Aws;

    /// <summary>The bucket that the host names; null where the path does.</summary>
    public string? HostBucket { get; set; }

    public string? Bucket { get; set; }

    public string? Key { get; set; }

    public OperationRow? Operation { get; set; }

    public bool IsHead { get; set; }

    public HttpRequestBody? Body { get; set; }

    /// <summary>When the request came, by the clock's ticks.</summary>
    public long StartedAt { get; set; }

    /// <summary>What counts the request for its bucket; null where nobody wants it.</summary>
    public RequestWatch? Watch { get; set; }

    /// <summary>What records the request; null where nobody wants it.</summary>
    public RequestLog? Log { get; set; }

    /// <summary>Null where answers are not watched (HTTP/2).</summary>
    public RequestPresence? Presence => _features.Get<RequestPresence>();

    /// <summary>Whether the request says that a body may follow.</summary>
    public bool CanHaveBody => _features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;

    /// <summary>The peer's; null where there is none.</summary>
    public IPAddress? SourceAddress => _features.Get<IHttpConnectionFeature>()?.RemoteIpAddress;

    /// <summary>None without TLS.</summary>
    public SslProtocols Tls => _features.Get<ITlsHandshakeFeature>()?.Protocol ?? SslProtocols.None;

    /// <summary>As the handshake named it; null without TLS.</summary>
    public string? CipherSuite => _features.Get<ITlsHandshakeFeature>()?.NegotiatedCipherSuite?.ToString();

    public void OnStarting(Func<object, Task> callback, object state) => _features.GetRequiredFeature<IHttpResponseFeature>().OnStarting(callback, state);

    public string RemoteAddress => SourceAddress?.ToString() ?? "";

    /// <summary>What decisions on this request depend on. Headers that came in the query have to be back in their place.</summary>
    public AccessRequest CreateAccessRequest(AuthenticationResult authenticated, DateTimeOffset now) => new()
    {
        Principal = authenticated.Principal,
        Operation = Operation!,
        Bucket = Bucket,
        Key = Key,
        Query = Query,
        Headers = Request.Headers,
        SourceAddress = SourceAddress,
        Tls = Tls,
        Time = now,
        Signature = authenticated.Signature,
    };

    public System.IO.Pipelines.PipeReader OpenBody() => _features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;

    public S3RequestContext CreateContext(IRequestAccess access, HttpRequestBody body, PostForm? form = null, S3Query? query = null) => new()
    {
        Operation = Operation!,
        Dialect = Dialect,
        Principal = access.Request.Principal,
        Access = access,
        Bucket = Bucket,
        Key = Key,
        Query = query ?? Query,
        Headers = access.Request.Headers,
        Body = body,
        Form = form,
        Response = Response,
        Deletes = Log?.Deletes,
        RequestId = RequestId,
        HostId = HostId,
        Resource = Target.RawPath,
        Scheme = Request.Scheme,
        Host = Request.Headers.Host.ToString(),
    };

    /// <summary>Answers with an error, or breaks the connection if the answer has begun.</summary>
    public ValueTask SendErrorAsync(S3Error error, CancellationToken ct)
    {
        if (Response.HasStarted)
        {
            Response.Abort();
            return ValueTask.CompletedTask;
        }
        return S3ErrorResponse.SendAsync(Response, error.In(Dialect), IsHead, Target.RawPath, RequestId, HostId, ct);
    }
}
