using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Background;

/// <summary>Looks at the quotas of buckets now and then, so that metrics answer from memory.</summary>
internal sealed class QuotaCensus(BucketQuotas quotas, TimeProvider time)
{
    /// <summary>Each is four series to whoever collects them.</summary>
    public const int MaxBuckets = 1000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(30);

    /// <summary>By name; empty until the first look.</summary>
    public IReadOnlyList<(string Bucket, QuotaUsage Usage)> Last { get; private set; } = [];

    public async Task RunAsync(CancellationToken ct)
    {
        for (; ; await Task.Delay(Tick, time, ct)) await LookAsync(ct);
    }

    public async Task LookAsync(CancellationToken ct) => Last = await quotas.ListAsync(MaxBuckets, ct);
}
