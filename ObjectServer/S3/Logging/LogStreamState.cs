using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Logging;

/// <summary>What is known in memory of one stream of records. Not thread-safe: <see cref="AccessLog"/> guards it.</summary>
internal sealed class LogStreamState(ulong targetId)
{
    private readonly Dictionary<ulong, LogRoute> _routes = [];
    private ulong _rollBefore;
    private ulong _failedTicks;
    private DateTimeOffset _retryAt;

    public ulong TargetId => targetId;

    public BucketLogging Logging { get; set; } = null!;

    public LogSource Source { get; set; }

    /// <summary>Of the first record that the object to come will have; 0 without one.</summary>
    public ulong FirstTicks { get; set; }

    /// <summary>Records of different parts go into different log objects.</summary>
    public uint Part { get; private set; }

    public long QueuedBytes { get; set; }

    /// <summary>Of records that are not in the queue yet.</summary>
    public long PendingBytes { get; private set; }

    /// <summary>Of records for the object to come.</summary>
    public long CollectedBytes { get; private set; }

    public int Failures { get; private set; }

    public ulong OldestTicks => _failedTicks > 0 ? _failedTicks : FirstTicks;

    public bool IsIdle => FirstTicks == 0 && _rollBefore == 0 && Failures == 0 && PendingBytes == 0 && Flushes == 0 && Turn.CurrentCount == 1;

    /// <summary>That are under way.</summary>
    public int Flushes { get; set; }

    /// <summary>Deliveries of a stream take turns.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>A record comes: the first one behind the roll time begins another object.</summary>
    public void Note(ulong ticks)
    {
        if (FirstTicks > 0 && ticks >= FirstTicks + (ulong)Logging.RollTime.Ticks) Roll(ticks);
        if (FirstTicks == 0) FirstTicks = ticks;
    }

    /// <summary>What came before is to become an object.</summary>
    public void Roll(ulong beforeTicks)
    {
        _rollBefore = beforeTicks;
        BeginDelivery();
    }

    /// <summary>What comes from now on belongs to another object.</summary>
    public void BeginDelivery()
    {
        Part++;
        (FirstTicks, CollectedBytes) = (0, 0);
    }

    /// <summary>The way of records of a source, as it is now.</summary>
    public LogRoute RouteOf(in LogSource source, BucketLogging logging)
    {
        if (_routes.TryGetValue(source.BucketId, out var route) && route.Is(targetId, source, logging)) return route;
        return _routes[source.BucketId] = new LogRoute(targetId, source, logging);
    }

    /// <summary>Records are on their way into the queue.</summary>
    public void Append(int lengthBytes)
    {
        CollectedBytes += lengthBytes;
        PendingBytes += lengthBytes;
    }

    /// <summary>Records have come into the queue.</summary>
    public void Queue(int lengthBytes)
    {
        PendingBytes -= lengthBytes;
        QueuedBytes += lengthBytes;
    }

    /// <summary>Before when records are to be delivered now; null if none are.</summary>
    public ulong? TakeDue(DateTimeOffset now)
    {
        if (Failures > 0 && now < _retryAt) return null;
        if (FirstTicks > 0 && now >= KvRecords.FromTicks(FirstTicks) + Logging.RollTime + AccessLog.IdleGrace)
        {
            BeginDelivery();
            return ulong.MaxValue;
        }
        if (_rollBefore > 0) return _rollBefore;
        return Failures > 0 ? FirstTicks > 0 ? FirstTicks : ulong.MaxValue : null;
    }

    public void EndDelivery(ulong before, LogDeliveryResult result, TimeSpan backOff, DateTimeOffset now)
    {
        QueuedBytes = Math.Max(0, QueuedBytes - result.Bytes);
        if (result.Failure is null)
        {
            (Failures, _failedTicks) = (0, 0);
            if (_rollBefore <= before) _rollBefore = 0;
            return;
        }
        Failures++;
        _retryAt = now + backOff;
        if (_failedTicks == 0) _failedTicks = now.ToTicks();
    }
}
