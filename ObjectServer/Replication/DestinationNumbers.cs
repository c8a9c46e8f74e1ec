namespace ObjectStore.Server.Replication;

/// <summary>What became of one bucket's versions at one destination since the start; and how the queue is, as of the last look.</summary>
internal sealed class DestinationNumbers(string destinationArn)
{
    private long _done, _bytes, _refused, _attempts;
    private long _oldestTicks;

    public string DestinationArn => destinationArn;

    /// <summary>As it was called when something was last read for it.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Versions and changes that the destination has taken.</summary>
    public long Done => Interlocked.Read(ref _done);

    public long SentBytes => Interlocked.Read(ref _bytes);

    /// <summary>Versions and changes that it refused: their status is FAILED.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Attempts that failed and are made again.</summary>
    public long FailedAttempts => Interlocked.Read(ref _attempts);

    public long Backlog { get; set; }

    public long BacklogBytes { get; set; }

    /// <summary>When the change happened that waits for longest; null if none does.</summary>
    public DateTimeOffset? Oldest
    {
        get => Interlocked.Read(ref _oldestTicks) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        set => Interlocked.Exchange(ref _oldestTicks, value?.UtcTicks ?? 0);
    }

    /// <summary>Why an attempt failed last; null once one has succeeded since.</summary>
    public string? LastError { get; set; }

    /// <summary>Why a version was refused last.</summary>
    public string? LastRefusal { get; set; }

    public void AddDone(long sentBytes)
    {
        Interlocked.Increment(ref _done);
        Interlocked.Add(ref _bytes, sentBytes);
        LastError = null;
    }

    public void AddRefused(string? reason)
    {
        Interlocked.Increment(ref _refused);
        LastRefusal = reason;
    }

    public void AddFailedAttempt(string? reason)
    {
        Interlocked.Increment(ref _attempts);
        LastError = reason;
    }
}
