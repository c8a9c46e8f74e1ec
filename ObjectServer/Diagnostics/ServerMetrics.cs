using System.Globalization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Counters of requests. Adding is a few interlocked instructions, on cache lines that operations do not share.</summary>
internal sealed class ServerMetrics(TimeProvider time) : IMetricsSource
{
    private const int StatusClasses = 6;
    private static readonly string[] Operations = [.. Enum.GetNames<S3OperationName>(), "Unknown"];

    // Each operation has 16 numbers: by status class, then durations and bytes.
    private const int Stride = 16;
    private const int DurationSlot = 8;
    private const int ReceivedSlot = 9;

    private readonly long[] _numbers = new long[Operations.Length * Stride];
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private long _inFlight;

    public void Begin() => Interlocked.Increment(ref _inFlight);

    /// <param name="elapsed">From the first byte of the request's head to the end of the answer.</param>
    public void End(S3OperationName? operation, int status, TimeSpan elapsed, long receivedBytes)
    {
        Interlocked.Decrement(ref _inFlight);
        var row = (operation is null ? Operations.Length - 1 : (int)operation.Value) * Stride;
        Interlocked.Increment(ref _numbers[row + Math.Clamp(status / 100, 0, StatusClasses - 1)]);
        Interlocked.Add(ref _numbers[row + DurationSlot], elapsed.Ticks);
        if (receivedBytes > 0) Interlocked.Add(ref _numbers[row + ReceivedSlot], receivedBytes);
    }

    public void Write(MetricsText text)
    {
        text.Family("objectstore_start_time_seconds", "gauge", "When the process started, in Unix time.");
        text.Sample("objectstore_start_time_seconds", _started.ToUnixTimeMilliseconds() / 1000.0);
        text.Family("objectstore_resident_memory_bytes", "gauge", "Memory of the process that is in RAM.");
        text.Sample("objectstore_resident_memory_bytes", Environment.WorkingSet);
        text.Family("objectstore_http_requests_in_flight", "gauge", "Requests that are being answered.");
        text.Sample("objectstore_http_requests_in_flight", Interlocked.Read(ref _inFlight));

        text.Family("objectstore_s3_requests_total", "counter", "Requests answered, by operation and class of status.");
        ForEach((operation, row) =>
        {
            for (var status = 1; status < StatusClasses; status++)
            {
                var count = Interlocked.Read(ref _numbers[row + status]);
                var digit = status.ToString(CultureInfo.InvariantCulture);
                if (count > 0) text.Sample("objectstore_s3_requests_total", $"operation=\"{operation}\",status=\"{digit}xx\"", count);
            }
        });
        text.Family("objectstore_s3_request_seconds_total", "counter", "Time spent on requests, by operation.");
        ForEach((operation, row) => text.Sample(
            "objectstore_s3_request_seconds_total", $"operation=\"{operation}\"", TimeSpan.FromTicks(Interlocked.Read(ref _numbers[row + DurationSlot])).TotalSeconds));
        text.Family("objectstore_s3_received_bytes_total", "counter", "Content received in bodies, by operation.");
        ForEach((operation, row) => text.Sample(
            "objectstore_s3_received_bytes_total", $"operation=\"{operation}\"", Interlocked.Read(ref _numbers[row + ReceivedSlot])));
    }

    /// <summary>Operations that were asked for at least once.</summary>
    private void ForEach(Action<string, int> show)
    {
        for (var index = 0; index < Operations.Length; index++)
        {
            var row = index * Stride;
            long requests = 0;
            for (var status = 0; status < StatusClasses; status++) requests += Interlocked.Read(ref _numbers[row + status]);
            if (requests > 0) show(Operations[index], row);
        }
    }
}
