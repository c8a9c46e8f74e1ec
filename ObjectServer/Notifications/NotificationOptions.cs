namespace ObjectStore.Server.Notifications;

internal sealed record NotificationOptions
{
    /// <summary>What accounts may give their topics as endpoints.</summary>
    public EndpointList AllowedEndpoints { get; init; } = EndpointList.None;

    /// <summary>An event that could not be delivered for so long is dropped, and counted.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Most events that wait for one target: beyond it the oldest are dropped, and counted. About 400 bytes each, on every mirror.</summary>
    public long MaxBacklog { get; init; } = 1_000_000;

    /// <summary>How long one attempt may take, connecting included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a test event may take, while who configures it waits.</summary>
    public TimeSpan TestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a queue is left alone whose events could not be read, or taken out when they were delivered.</summary>
    public TimeSpan FaultRest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Events of different keys that one target is told at the same time.</summary>
    public int Parallelism { get; init; } = 8;

    /// <summary>Rows that one target reads at once.</summary>
    public int BatchSize { get; init; } = 100;
}
