using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Diagnostics;

/// <summary>Buckets with a quota in numbers, as of the last census.</summary>
internal sealed class QuotaMetrics(QuotaCensus census) : IMetricsSource
{
    public void Write(MetricsText text)
    {
        var quotas = census.Last;
        Write(text, "objectstore_bucket_quota_bytes", "Most bytes that the bucket may hold.", quotas, usage => usage.Quota.MaxBytes);
        Write(text, "objectstore_bucket_quota_used_bytes", "Bytes that count towards the bucket's quota.", quotas, usage => usage.Bytes);
        Write(text, "objectstore_bucket_quota_objects", "Most objects that the bucket may hold.", quotas, usage => usage.Quota.MaxObjects);
        Write(text, "objectstore_bucket_quota_used_objects", "Objects that count towards the bucket's quota.", quotas, usage => usage.Objects);
    }

    private static void Write(MetricsText text, string name, string help, IReadOnlyList<(string Bucket, QuotaUsage Usage)> quotas, Func<QuotaUsage, long?> value)
    {
        text.Family(name, "gauge", $"{help} Of the first {QuotaCensus.MaxBuckets} buckets with a quota.");
        foreach (var (bucket, usage) in quotas)
        {
            if (value(usage) is { } number) text.Sample(name, $"bucket=\"{bucket}\"", number);
        }
    }
}
