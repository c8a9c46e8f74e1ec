using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ObjectStore.Server.S3;

namespace ObjectStore.Server.Http;

/// <summary>The server's answer as operations see it.</summary>
internal sealed class HttpResponse(IFeatureCollection features, IHttpResponseFeature response) : IS3Response
{
    private PipeWriter? _body;

    public int StatusCode
    {
        get => response.StatusCode;
        set => response.StatusCode = value;
    }

    public IHeaderDictionary Headers => response.Headers;

    public PipeWriter Body => _body ??= features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;

    /// <summary>True also when bytes lie in the server's buffer, since these cannot be taken back.</summary>
    public bool HasStarted => response.HasStarted || _body is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 };

    public void Abort() => features.GetRequiredFeature<IHttpRequestLifetimeFeature>().Abort();
}
