using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.Http;

/// <summary>The server's answer as operations see it.</summary>
internal sealed class HttpResponse(IFeatureCollection features, IHttpResponseFeature response) : IS3Response
{
    private PipeWriter? _body;
    private CountingWriter? _counter;

    public int StatusCode
    {
        get => response.StatusCode;
        set => response.StatusCode = value;
    }

    public IHeaderDictionary Headers => response.Headers;

    public PipeWriter Body => _body ??= BodyFeature.Writer;

    public PipeWriter Content => new StartingWriter(Body, BodyFeature);

    private IHttpResponseBodyFeature BodyFeature => features.GetRequiredFeature<IHttpResponseBodyFeature>();

    public S3ErrorCode? Error { get; set; }

    /// <summary>Bytes of the body so far, where they are counted.</summary>
    public long SentBytes => _counter?.Count ?? 0;

    /// <summary>Counts the bytes of the body from now on, and tells before the last of an announced length leave. To be called before there are any.</summary>
    public void CountBody(Func<ValueTask>? onEnd = null)
    {
        if (_counter is null || onEnd is not null) _body = _counter = new CountingWriter(Body, () => response.Headers.ContentLength, onEnd ?? (static () => default));
    }

    /// <summary>True also when bytes lie in the server's buffer, since these cannot be taken back.</summary>
    public bool HasStarted => response.HasStarted || _body is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 };

    public void Abort() => features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
}
