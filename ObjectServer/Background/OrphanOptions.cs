namespace ObjectStore.Server.Background;

internal sealed record OrphanOptions
{
    /// <summary>Rest after the start: clients that come back have the drives for themselves first.</summary>
    public TimeSpan StartDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From the end of a pass to the next. Orphans are rare, and cost only space.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromHours(6);

    /// <summary>After a pass that had to stop, because a drive was away.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Shards looked at in a second, over all drives: about one look-up in the metadata for each content.</summary>
    public int ShardsPerSecond { get; init; } = 2_000;

    /// <summary>Shards that are judged on one snapshot of the metadata.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>How often the place that a pass has come to is written down.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromMinutes(1);
}
