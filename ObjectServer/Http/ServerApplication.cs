using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;

namespace ObjectStore.Server.Http;

/// <summary>
/// What Kestrel runs for each request. It stands directly on the server's features: no middleware, no scopes and no
/// HttpContext, since at this rate each of them shows.
/// </summary>
/// <param name="website">Serves buckets as websites; null where no host is set aside for them.</param>
/// <param name="query">Answers the calls of IAM and STS; null where there are none.</param>
internal sealed class ServerApplication(
    S3Endpoint s3, SystemEndpoints system, VirtualHosts virtualHosts, ServerMetrics metrics, RequestIds ids, TimeProvider time, ILogger<ServerApplication> logger,
    QueryEndpoint? query = null, WebsiteEndpoint? website = null, S3Dialect? dialect = null)
    : IHttpApplication<Exchange>
{
    public Exchange CreateContext(IFeatureCollection contextFeatures)
    {
        contextFeatures.Get<RequestPresence>()?.Begin();
        return new Exchange(contextFeatures, ids.Next(), ids.HostId) { Dialect = dialect ?? S3Dialect.Aws };
    }

    public async Task ProcessRequestAsync(Exchange context)
    {
        var started = context.StartedAt = time.GetTimestamp();
        metrics.Begin();
        try
        {
            if (website?.BucketOf(context) is { } site) await website.ProcessAsync(context, site);
            else if (IsSystem(context)) await system.ProcessAsync(context);
            else if (query is not null && IsQuery(context)) await query.ProcessAsync(context);
            else await s3.ProcessAsync(context);
        }
        finally
        {
            var elapsed = time.GetElapsedTime(started);
            metrics.End(context.Operation?.Name, context.Response.StatusCode, elapsed, context.Body?.ReceivedBytes ?? 0);
            if (logger.IsEnabled(LogLevel.Debug)) Log(context, elapsed);
        }
    }

    public void DisposeContext(Exchange context, Exception? exception)
    {
        context.Presence?.End();
        if (exception is not null) ServerLog.RequestFailed(logger, exception, context.RequestId, context.Operation?.Name);
    }

    private bool IsQuery(Exchange exchange) =>
        QueryEndpoint.IsQuery(exchange) && virtualHosts.BucketOf(exchange.Request.Headers.Host.ToString()) is null;

    private bool IsSystem(Exchange exchange) =>
        exchange.Target.RawPath.StartsWith(SystemEndpoints.Prefix, StringComparison.Ordinal)
        && virtualHosts.BucketOf(exchange.Request.Headers.Host.ToString()) is null;

    // The query is left out: it can hold a signature that is still good.
    private void Log(Exchange exchange, TimeSpan elapsed) => ServerLog.Access(
        logger,
        exchange.Request.Method,
        exchange.Target.RawPath,
        exchange.Response.StatusCode,
        exchange.Operation?.Name,
        elapsed.TotalMilliseconds,
        exchange.RequestId,
        exchange.RemoteAddress);
}
