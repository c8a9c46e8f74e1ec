using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <summary>
/// Decides when rows of the redundancy ledger are worth a try. What readers have just found is tried at the next tick; the
/// rows of a drive are gone through when there are any, and again at growing intervals while some of them cannot be healed
/// yet, and at once when the drive is back. A tick takes a slice of each drive's rows, so that no drive waits for another;
/// with nothing to do it costs one look-up for each drive in the ledger.
/// </summary>
internal sealed class HealingSchedule(IKeyValueStore store, Healer healer, RedundancyLedger ledger, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    /// <summary>Rows of a drive that is away can only become obsolete, which is worth little.</summary>
    private static readonly TimeSpan AwayRetry = TimeSpan.FromMinutes(30);

    /// <summary>Fresh rows that could not be healed and are remembered, so that a hot object does not have its row tried with every read.</summary>
    private const int MaxDeferred = 10_000;

    private readonly Dictionary<DriveId, Backlog> _backlogs = [];
    private readonly Dictionary<(DriveId, BlobId), DateTimeOffset> _deferred = [];

    /// <param name="Next">Where the pass over the drive's rows goes on; null when it begins anew.</param>
    /// <param name="Left">Rows that the pass has left so far.</param>
    private sealed record Backlog(DateTimeOffset RetryAt, TimeSpan Delay, bool WasUsable, byte[]? Next = null, long Left = 0);

    /// <summary>When the ledger was last seen through, with nothing left out for want of time.</summary>
    public DateTimeOffset? LastPass { get; private set; }

    /// <summary>Rows that went because their shard verifies, since the start.</summary>
    public long Healed { get; private set; }

    /// <summary>Ticks until cancelled. A fault ends the run; who began it reports that and begins again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct)) await TickAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: the ledger remembers.
            return;
        }
    }

    /// <summary>Does what is due now.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask TickAsync(CancellationToken ct)
    {
        await HealFreshAsync(ct);
        byte[]? from = [KvTables.LostShards];
        while (from is not null && await FindDriveAsync(from, ct) is { } drive)
        {
            await HealDriveAsync(drive, ct);
            var behind = SchemaKeys.LostShards(drive).To;
            from = behind.IsEmpty ? null : behind.ToArray();
        }
        LastPass = time.GetUtcNow();
    }

    private async ValueTask HealFreshAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        while (ledger.TryTakeFresh(out var key))
        {
            var row = SchemaKeys.LostShard(key);
            if (!healer.IsUsable(row.Drive)) continue;
            if (_deferred.TryGetValue(row, out var until) && now < until) continue;
            if (await healer.HealRowAsync(key!, ct))
            {
                _deferred.Remove(row);
                Healed++;
            }
            else Defer(row, now);
        }
    }

    private void Defer((DriveId, BlobId) row, DateTimeOffset now)
    {
        if (_deferred.Count >= MaxDeferred)
        {
            foreach (var old in _deferred.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToArray()) _deferred.Remove(old);
            if (_deferred.Count >= MaxDeferred) _deferred.Clear();
        }
        _deferred[row] = now + LongestRetry;
    }

    private async ValueTask<DriveId?> FindDriveAsync(byte[] from, CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        using var cursor = snapshot.Scan(new KeyRange(from, SchemaKeys.OfTable(KvTables.LostShards).To));
        return await cursor.MoveNextAsync(ct) ? SchemaKeys.LostShard(cursor.Key).Drive : null;
    }

    private async ValueTask HealDriveAsync(DriveId drive, CancellationToken ct)
    {
        var isUsable = healer.IsUsable(drive);
        var backlog = _backlogs.GetValueOrDefault(drive) ?? new Backlog(DateTimeOffset.MinValue, TimeSpan.Zero, isUsable);
        if (isUsable != backlog.WasUsable) backlog = new Backlog(isUsable ? DateTimeOffset.MinValue : backlog.RetryAt, TimeSpan.Zero, isUsable);
        _backlogs[drive] = backlog;
        if (time.GetUtcNow() < backlog.RetryAt) return;

        var range = SchemaKeys.LostShards(drive);
        if (backlog.Next is not null) range = range with { From = backlog.Next };
        var (result, next) = await healer.HealSliceAsync(range, ct);
        Healed += result.Healed;
        var left = backlog.Left + result.Left;
        if (next is not null) _backlogs[drive] = backlog with { Next = next, Left = left };
        else if (left == 0) _backlogs.Remove(drive);
        else _backlogs[drive] = RetryLater(backlog, isUsable);
    }

    private Backlog RetryLater(Backlog backlog, bool isUsable)
    {
        var delay = !isUsable ? AwayRetry
            : backlog.Delay == TimeSpan.Zero ? FirstRetry
            : TimeSpan.FromTicks(Math.Min(backlog.Delay.Ticks * 2, LongestRetry.Ticks));
        return new Backlog(time.GetUtcNow() + delay, delay, isUsable);
    }
}
