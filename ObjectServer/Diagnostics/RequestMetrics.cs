using System.Collections.Concurrent;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;
using static ObjectStore.Server.S3.Routing.S3OperationName;

namespace ObjectStore.Server.Diagnostics;

/// <summary>
/// Requests to buckets, counted for each of their metrics configurations. Source: S3 User Guide, "Amazon S3 request metrics". Counters begin at zero
/// with the process and with a configuration.
/// </summary>
internal sealed class RequestMetrics : IMetricsSource
{
    /// <summary>Configurations of all buckets that are shown at a time; of more, those that were asked least lately go.</summary>
    public const int MaxShown = 1000;

    private static readonly string[] Types = ["get", "put", "delete", "head", "post", "list", "select"];

    private readonly ConcurrentDictionary<(string Bucket, string Id), Counters> _counters = new();
    private long _clock;

    /// <param name="filters">Of the bucket, when the request was let in.</param>
    /// <param name="key">Null of a request about the bucket, which only configurations without a prefix count.</param>
    public void Count(string bucket, IReadOnlyList<MetricsFilter> filters, OperationRow operation, string? key, int status, long sent, long received, TimeSpan total, TimeSpan firstByte)
    {
        foreach (var filter in filters)
        {
            if (!filter.Takes(key)) continue;
            var counters = _counters.GetOrAdd((bucket, filter.Id), static _ => new Counters());
            Volatile.Write(ref counters.LastUsed, Interlocked.Increment(ref _clock));
            Interlocked.Increment(ref counters.Requests[Array.IndexOf(Types, TypeOf(operation))]);
            if (status is >= 400 and < 500) Interlocked.Increment(ref counters.ClientErrors);
            if (status >= 500) Interlocked.Increment(ref counters.ServerErrors);
            Interlocked.Add(ref counters.SentBytes, sent);
            Interlocked.Add(ref counters.ReceivedBytes, received);
            Interlocked.Add(ref counters.TotalTicks, total.Ticks);
            Interlocked.Add(ref counters.FirstByteTicks, firstByte.Ticks);
        }
        if (_counters.Count > MaxShown) Evict();
    }

    /// <summary>A configuration is gone, or means something else from now on.</summary>
    public void Forget(string bucket, string id) => _counters.TryRemove((bucket, id), out _);

    public void Write(MetricsText text)
    {
        var all = _counters.ToArray().OrderBy(pair => pair.Key).ToArray();
        Family(text, "objectstore_bucket_requests_total", $"Requests that a metrics configuration counts, by type. Of at most {MaxShown} configurations.");
        foreach (var ((bucket, id), counters) in all)
        {
            for (var i = 0; i < Types.Length; i++)
            {
                var count = Interlocked.Read(ref counters.Requests[i]);
                if (count > 0) text.Sample("objectstore_bucket_requests_total", $"bucket=\"{bucket}\",filter=\"{id}\",type=\"{Types[i]}\"", count);
            }
        }
        Family(text, "objectstore_bucket_errors_total", "Answers that were errors, by class of status.");
        foreach (var ((bucket, id), counters) in all)
        {
            text.Sample("objectstore_bucket_errors_total", $"bucket=\"{bucket}\",filter=\"{id}\",status=\"4xx\"", Interlocked.Read(ref counters.ClientErrors));
            text.Sample("objectstore_bucket_errors_total", $"bucket=\"{bucket}\",filter=\"{id}\",status=\"5xx\"", Interlocked.Read(ref counters.ServerErrors));
        }
        Show(text, all, "objectstore_bucket_downloaded_bytes_total", "Bytes of answers.", counters => Interlocked.Read(ref counters.SentBytes));
        Show(text, all, "objectstore_bucket_uploaded_bytes_total", "Bytes of requests.", counters => Interlocked.Read(ref counters.ReceivedBytes));
        Show(text, all, "objectstore_bucket_request_seconds_total", "Time from a request's first byte to its answer's last.", counters => TimeSpan.FromTicks(Interlocked.Read(ref counters.TotalTicks)).TotalSeconds);
        Show(text, all, "objectstore_bucket_first_byte_seconds_total", "Time from a request's first byte to its answer's first.", counters => TimeSpan.FromTicks(Interlocked.Read(ref counters.FirstByteTicks)).TotalSeconds);
    }

    private static string TypeOf(OperationRow operation) => operation.Name switch
    {
        ListObjects or ListObjectsV2 or ListObjectVersions or ListMultipartUploads or ListParts => "list",
        SelectObjectContent => "select",
        _ => operation.Method switch
        {
            RequestMethod.Put => "put",
            RequestMethod.Post => "post",
            RequestMethod.Delete => "delete",
            RequestMethod.Head => "head",
            _ => "get",
        },
    };

    private static void Family(MetricsText text, string name, string help) => text.Family(name, "counter", help);

    private static void Show(MetricsText text, KeyValuePair<(string Bucket, string Id), Counters>[] all, string name, string help, Func<Counters, double> value)
    {
        Family(text, name, help);
        foreach (var ((bucket, id), counters) in all) text.Sample(name, $"bucket=\"{bucket}\",filter=\"{id}\"", value(counters));
    }

    private void Evict()
    {
        foreach (var pair in _counters.ToArray().OrderBy(pair => Volatile.Read(ref pair.Value.LastUsed)).Take(Math.Max(0, _counters.Count - MaxShown)))
            _counters.TryRemove(pair);
    }

    private sealed class Counters
    {
        public readonly long[] Requests = new long[Types.Length];
        public long ClientErrors;
        public long ServerErrors;
        public long SentBytes;
        public long ReceivedBytes;
        public long TotalTicks;
        public long FirstByteTicks;
        public long LastUsed;
    }
}
