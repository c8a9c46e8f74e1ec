using System.Collections.Concurrent;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Background;

/// <summary>
/// Has done what is due by the rules of lifecycle: looks at the head of table t, which is ordered by due time, so that a bucket
/// of which nothing is due costs nothing. Below a rate, some rows side by side. A row that fails stays and is tried again.
/// </summary>
internal sealed class LifecycleRunner(ObjectEngine engine, DueExecutor executor, ILogger? logger = null, double rowsPerSecond = LifecycleRunner.DefaultRowsPerSecond)
{
    private const int BatchRows = 256;

    /// <summary>Transactions side by side, which share their commits.</summary>
    private const int Parallelism = 16;

    /// <summary>Enough for 170 million objects a day.</summary>
    public const double DefaultRowsPerSecond = 2_000;

    /// <summary>Steps of a walk in one pass: what is due meanwhile must not wait for the end of a large bucket.</summary>
    private const int WalkSteps = 20;

    /// <summary>A row that a walk only looks at is cheap beside one that is acted on.</summary>
    private const int WalkRowsPerUnit = 10;

    /// <summary>Looks that are left out after a pass that left rows, which would be read again for nothing.</summary>
    private const int PauseTicks = 10;

    private const int MaxDeferred = 10_000;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    /// <summary>How often the head of the table is looked at: one seek.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Pacer _pacer = new(rowsPerSecond, engine.Time);
    /// <summary>Rows that failed, and when they are tried again; when there are more, all are forgotten.</summary>
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, TimeSpan Delay)> _deferred = new(StringComparer.Ordinal);
    private volatile bool _hasDeferred;
    private readonly long[] _done = new long[Enum.GetValues<DueOutcome>().Length];
    private long _errors;

    /// <summary>Rows that failed, since the start; each stays until it succeeds.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>How far behind its time the oldest row is that is due; zero if none is. As of the last look.</summary>
    public TimeSpan Lag { get; private set; }

    /// <summary>When the last pass over all that was due ended.</summary>
    public DateTimeOffset? LastPass { get; private set; }

    private long Progress => Enum.GetValues<DueOutcome>().Sum(Done);

    public long Done(DueOutcome outcome) => Interlocked.Read(ref _done[(int)outcome]);

    /// <summary>Works until cancelled. A fault ends the run; who began it reports that and begins again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, engine.Time);
        try
        {
            var pause = 0;
            while (await timer.WaitForNextTickAsync(ct))
            {
                if (--pause > 0) continue;
                _hasDeferred = false;
                while (await PassAsync(ct)) ct.ThrowIfCancellationRequested();
                pause = _hasDeferred ? PauseTicks : 0;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: what is due waits for the next start.
            return;
        }
    }

    /// <summary>Does all that is due now. Whether anything was done, which may have brought more: another pass should follow at once.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask<bool> PassAsync(CancellationToken ct)
    {
        var isFirst = true;
        var before = Progress;
        byte[] from = [KvTables.Due];
        while (true)
        {
            var batch = await ReadDueAsync(from, ct);
            if (isFirst) Lag = batch.Count == 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)(engine.NowTicks() - batch[0].DueTicks));
            if (batch.Count == 0) break;
            isFirst = false;
            var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct };
            await Parallel.ForEachAsync(batch.Where(row => row.Kind != DueKind.Walk), options, async (row, token) => await RunAsync(row, token));
            foreach (var walk in batch.Where(row => row.Kind == DueKind.Walk)) await WalkAsync(walk, ct);
            from = KeyEncoding.Successor(batch[^1].RowKey);
            await _pacer.SpendAsync(batch.Count, ct);
        }
        LastPass = engine.Time.GetUtcNow();
        return Progress > before;
    }

    private async ValueTask WalkAsync(DueRow row, CancellationToken ct)
    {
        for (var step = 0; step < WalkSteps && await RunAsync(row, ct) == DueOutcome.Walking; step++)
            await _pacer.SpendAsync(LifecycleWalker.StepRows / WalkRowsPerUnit, ct);
    }

    /// <summary>Null if it failed.</summary>
    private async ValueTask<DueOutcome?> RunAsync(DueRow row, CancellationToken ct)
    {
        var name = Convert.ToHexString(row.RowKey);
        if (_deferred.TryGetValue(name, out var deferral) && engine.Time.GetUtcNow() < deferral.Until)
        {
            _hasDeferred = true;
            return null;
        }
        try
        {
            var outcome = await executor.RunAsync(row, ct);
            if (outcome.IsOk)
            {
                _deferred.TryRemove(name, out _);
                Interlocked.Increment(ref _done[(int)outcome.Value]);
                return outcome.Value;
            }
            if (logger is not null) StoreLog.LifecycleFailed(logger, null, $"{row.Kind} in bucket {row.BucketId:x}: {outcome.Failure.Fault} {outcome.Failure.Message}");
        }
        catch (Exception e) when (e is KvException or BlobStoreException or IOException or InvalidDataException or Google.Protobuf.InvalidProtocolBufferException)
        {
            // One bad row must not keep the others from their time. It is counted, and tried again.
            if (logger is not null) StoreLog.LifecycleFailed(logger, e, $"{row.Kind} in bucket {row.BucketId:x}");
        }
        Interlocked.Increment(ref _errors);
        Defer(name, deferral.Delay);
        return null;
    }

    /// <summary>What fails again and again, such as the move of a large object that finds no room, is tried ever more rarely.</summary>
    private void Defer(string name, TimeSpan lastDelay)
    {
        var delay = lastDelay == TimeSpan.Zero ? FirstRetry : TimeSpan.FromTicks(Math.Min(lastDelay.Ticks * 2, LongestRetry.Ticks));
        if (_deferred.Count >= MaxDeferred) _deferred.Clear();
        _deferred[name] = (engine.Time.GetUtcNow() + delay, delay);
        _hasDeferred = true;
    }

    private async ValueTask<List<DueRow>> ReadDueAsync(byte[] from, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var now = engine.NowTicks();
        var batch = new List<DueRow>();
        using var cursor = snapshot.Scan(new KeyRange(from, SchemaKeys.OfTable(KvTables.Due).To));
        while (batch.Count < BatchRows && await cursor.MoveNextAsync(ct) && DueRow.TicksOf(cursor.Key) <= now) batch.Add(DueRow.Parse(cursor.Key));
        return batch;
    }
}
