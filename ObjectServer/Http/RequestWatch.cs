using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.Http;

/// <summary>Watches one request to a bucket that has metrics configurations.</summary>
internal sealed class RequestWatch
{
    private readonly Exchange _exchange;
    private readonly RequestMetrics _metrics;
    private readonly BucketAccess _bucket;
    private readonly TimeProvider _time;
    private TimeSpan? _firstByte;

    public RequestWatch(Exchange exchange, RequestMetrics metrics, BucketAccess bucket, TimeProvider time)
    {
        (_exchange, _metrics, _bucket, _time) = (exchange, metrics, bucket, time);
        exchange.Response.CountBody();
        exchange.OnStarting(Begin, this);
    }

    private TimeSpan Elapsed => _time.GetElapsedTime(_exchange.StartedAt);

    public void Complete()
    {
        var total = Elapsed;
        _metrics.Count(
            _bucket.Name, _bucket.Metrics!, _exchange.Operation!, _exchange.Key, _exchange.Response.StatusCode, _exchange.Response.SentBytes,
            _exchange.Body?.ReceivedBytes ?? 0, total, _firstByte ?? total);
    }

    private static Task Begin(object state)
    {
        var watch = (RequestWatch)state;
        watch._firstByte = watch.Elapsed;
        return Task.CompletedTask;
    }
}
