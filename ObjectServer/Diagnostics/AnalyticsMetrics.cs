using ObjectStore.Server.S3.Analytics;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Storage class analyses in numbers.</summary>
internal sealed class AnalyticsMetrics(AnalyticsEngine engine) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        text.Family("objectstore_analytics_exports_total", "counter", "Exports of storage class analyses that were written.");
        text.Sample("objectstore_analytics_exports_total", engine.Exports);
        text.Family("objectstore_analytics_failures_total", "counter", "Times that an export could not be written, and was put off.");
        text.Sample("objectstore_analytics_failures_total", engine.Failures);
        text.Family("objectstore_analytics_uncounted_requests_total", "counter", "Requests that storage class analyses do not count, for want of room.");
        text.Sample("objectstore_analytics_uncounted_requests_total", engine.Dropped);
    }
}
