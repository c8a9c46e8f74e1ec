namespace ObjectStore.Server.Replication;

internal sealed record ReplicationOptions
{
    /// <summary>Versions of different keys that are on their way to one destination of one bucket at the same time.</summary>
    public int Parallelism { get; init; } = 16;

    /// <summary>The same of all together: each holds buffers and a connection.</summary>
    public int TotalParallelism { get; init; } = 64;

    /// <summary>Rows that one queue reads at once.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Rows that are passed over at the front of a queue, because their keys are under way or wait for another attempt, before no more is begun.</summary>
    public int MaxPassed { get; init; } = 20_000;

    /// <summary>How long a destination that is away is left alone, and a version that could not be sent; twice as long each time.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a queue is left alone whose rows could not be read, or taken out when they were done.</summary>
    public TimeSpan FaultRest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A walk through existing versions waits while so many rows wait in one of the bucket's queues.</summary>
    public long MaxWalkBacklog { get; init; } = 10_000;
}
