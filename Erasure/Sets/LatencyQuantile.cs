namespace ObjectStore.Erasure.Sets;

/// <summary>
/// A running estimate of the 95th percentile of recent latencies: moved up a large step by each sample above
/// it and down a small one by each below, in proportion to itself, so that it follows from microseconds to
/// seconds within some hundred samples. (Stochastic approximation, Robbins and Monro 1951.)
/// </summary>
/// <remarks>Updates race without a lock: a lost sample does not matter to an estimate.</remarks>
internal sealed class LatencyQuantile
{
    private const double Quantile = 0.95;
    private const double Step = 0.05;
    private const double FloorMicroseconds = 1;

    private double _estimateMicroseconds;

    /// <summary>Zero until the first sample.</summary>
    public TimeSpan Value => TimeSpan.FromMicroseconds(Volatile.Read(ref _estimateMicroseconds));

    public void Record(TimeSpan sample)
    {
        var microseconds = Math.Max(sample.TotalMicroseconds, FloorMicroseconds);
        var estimate = Volatile.Read(ref _estimateMicroseconds);
        var next = estimate == 0 ? microseconds
            : microseconds > estimate ? Math.Min(microseconds, estimate * (1 + Step * Quantile / (1 - Quantile)))
            : estimate * (1 - Step * (1 - Quantile));
        Volatile.Write(ref _estimateMicroseconds, Math.Max(next, FloorMicroseconds));
    }
}
