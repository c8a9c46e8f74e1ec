using ObjectStore.Server.S3.Logging;

namespace ObjectStore.Server.Diagnostics;

/// <summary>The recording of requests in numbers.</summary>
internal sealed class AccessLogMetrics(AccessLog log, TimeProvider time) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        Write(text, "objectstore_access_log_objects_total", "counter", "Log objects that were written.", log.Counts.Objects);
        Write(text, "objectstore_access_log_records_delivered_total", "counter", "Records of requests in them.", log.Counts.Delivered);
        Write(text, "objectstore_access_log_records_dropped_total", "counter", "Records that were given up: their target bucket was gone, took nothing for a week, or too many waited.", log.Counts.Dropped);
        Write(text, "objectstore_access_log_failures_total", "counter", "Deliveries that failed and are tried again.", log.Counts.Failures);
        Write(text, "objectstore_access_log_spool_bytes", "gauge", "Records that are in the spool alone.", log.SpoolBytes);
        Write(text, "objectstore_access_log_unprotected_records_total", "counter", "Records that no drive took in time: had the process died in that second, they would be lost.", log.Unprotected);
        Write(text, "objectstore_access_log_spool_damages_total", "counter", "Places where the spool was damaged, and records lost.", log.SpoolDamages);
        Write(text, "objectstore_access_log_failing_streams", "gauge", "Logs whose last delivery failed.", log.FailingStreams);
        Write(text, "objectstore_access_log_lag_seconds", "gauge", "Age of the oldest record that is in no log object.", log.OldestAt is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0);
    }

    private static void Write(MetricsText text, string name, string type, string help, double value)
    {
        text.Family(name, type, help);
        text.Sample(name, value);
    }
}
