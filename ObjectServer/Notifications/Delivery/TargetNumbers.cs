namespace ObjectStore.Server.Notifications;

/// <summary>What became of one target's events since the start; and how its queue is, as of the last look.</summary>
internal sealed class TargetNumbers
{
    private long _delivered, _failed, _expired, _overflowed, _undeliverable;
    private long _oldestTicks;

    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Attempts.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Dropped because they were too old.</summary>
    public long Expired => Interlocked.Read(ref _expired);

    /// <summary>Dropped because too many waited.</summary>
    public long Overflowed => Interlocked.Read(ref _overflowed);

    /// <summary>Dropped because the target is gone, or has no endpoint.</summary>
    public long Undeliverable => Interlocked.Read(ref _undeliverable);

    public long Backlog { get; set; }

    /// <summary>Keys of which an event was not taken, and which the events of others overtake.</summary>
    public int Held { get; set; }

    /// <summary>When the event happened that waits for longest; null if none does.</summary>
    public DateTimeOffset? Oldest
    {
        get => Interlocked.Read(ref _oldestTicks) is var ticks and > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        set => Interlocked.Exchange(ref _oldestTicks, value?.UtcTicks ?? 0);
    }

    /// <summary>Why the last attempt failed; null if it did not.</summary>
    public string? LastError { get; set; }

    public void AddDelivered(long count) => Interlocked.Add(ref _delivered, count);

    public void AddFailed() => Interlocked.Increment(ref _failed);

    public void AddExpired(long count) => Interlocked.Add(ref _expired, count);

    public void AddOverflowed(long count) => Interlocked.Add(ref _overflowed, count);

    public void AddUndeliverable(long count) => Interlocked.Add(ref _undeliverable, count);
}
