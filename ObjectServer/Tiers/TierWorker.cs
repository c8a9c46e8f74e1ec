using System.Collections.Concurrent;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Tiers;

/// <summary>
/// Serves one tier: restores, moves and deletions, from its own queues, so that a tier that is away keeps nobody else waiting. A row goes in the transaction that
/// did what it asks for. What fails is tried again, ever more rarely; a tier that is away is only asked whether it is back.
/// </summary>
internal sealed class TierWorker(ObjectEngine engine, string storageClass, DueExecutor executor, RestoreService restores, BucketNames names, ILogger? logger)
{
    private const int BatchRows = 64;
    private const int Parallelism = 4;
    private const int MaxDeferred = 10_000;
    private const int MaxCount = 10_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestAway = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, TimeSpan Delay)> _deferred = new(StringComparer.Ordinal);

    public TierNumbers Numbers { get; } = new();

    /// <summary>Works until cancelled: each queue by itself, so that who waits for a copy does not wait for a million moves, nor for one that is long.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] all = [ServeAsync(TierKeys.Restores, stop.Token), ServeAsync(TierKeys.Moves, stop.Token), ServeAsync(TierKeys.Garbage, stop.Token)];
        await Task.WhenAny(all);
        await stop.CancelAsync();
        await Task.WhenAll(all);
    }

    private async Task ServeAsync(byte sort, CancellationToken ct)
    {
        var pause = Tick;
        while (true)
        {
            await Task.Delay(pause, engine.Time, ct);
            while (await PassAsync([sort], ct)) ct.ThrowIfCancellationRequested();
            pause = Numbers.IsAway ? TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestAway.Ticks)) : Tick;
        }
    }

    /// <summary>Goes once through all that waits. Whether anything was done, so that another pass should follow at once.</summary>
    /// <exception cref="KvException">The metadata did not answer.</exception>
    public ValueTask<bool> PassAsync(CancellationToken ct) => PassAsync([TierKeys.Restores, TierKeys.Moves, TierKeys.Garbage], ct);

    private async ValueTask<bool> PassAsync(byte[] sorts, CancellationToken ct)
    {
        if (Numbers.IsAway && !await IsBackAsync(sorts, ct)) return false;
        var before = sorts.Sum(DoneOf);
        foreach (var sort in sorts) await PassAsync(sort, ct);
        await CountAsync(sorts, ct);
        return sorts.Sum(DoneOf) > before;
    }

    private long DoneOf(byte sort) => sort switch
    {
        TierKeys.Restores => Numbers.Restored,
        TierKeys.Moves => Numbers.Moved,
        _ => Numbers.Deleted,
    };

    /// <summary>Asked without an object: an attempt with one leaves rows of what may be there.</summary>
    private async ValueTask<bool> IsBackAsync(byte[] sorts, CancellationToken ct)
    {
        if (engine.Tiers.Find(storageClass) is not { } tier) return false;
        try
        {
            await engine.Tiers.Store.ProbeAsync(tier, ct);
            Numbers.IsAway = false;
        }
        catch (TierException e)
        {
            Numbers.NoteFailed(e.Message);
        }
        await CountAsync(sorts, ct);
        return !Numbers.IsAway;
    }

    private async ValueTask CountAsync(byte[] sorts, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        foreach (var sort in sorts)
        {
            var count = await CountAsync(snapshot, sort, ct);
            if (sort == TierKeys.Restores) Numbers.WaitingRestores = count;
            else if (sort == TierKeys.Moves) Numbers.WaitingMoves = count;
            else Numbers.WaitingDeletions = count;
        }
    }

    private async ValueTask PassAsync(byte sort, CancellationToken ct)
    {
        Func<byte[], byte[], CancellationToken, ValueTask> work = sort switch
        {
            TierKeys.Restores => RestoreAsync,
            TierKeys.Moves => MoveAsync,
            _ => DeleteAsync,
        };
        var range = TierKeys.Of(sort, storageClass);
        for (var from = range.From; ;)
        {
            var batch = await ReadAsync(range with { From = from }, ct);
            var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct };
            await Parallel.ForEachAsync(batch, options, async (row, token) =>
            {
                if (!Numbers.IsAway) await RunAsync(row, work, token);
            });
            if (batch.Count < BatchRows || Numbers.IsAway) return;
            from = KeyEncoding.Successor(batch[^1].Key);
        }
    }

    private async ValueTask RunAsync((byte[] Key, byte[] Value) row, Func<byte[], byte[], CancellationToken, ValueTask> work, CancellationToken ct)
    {
        var name = Convert.ToHexString(row.Key);
        if (_deferred.TryGetValue(name, out var deferral) && engine.Time.GetUtcNow() < deferral.Until) return;
        try
        {
            await work(row.Key, row.Value, ct);
            _deferred.TryRemove(name, out _);
            (Numbers.IsAway, Numbers.LastError) = (false, null);
        }
        catch (TierException e)
        {
            if (e.IsTierAway && !Numbers.IsAway && logger is not null) StoreLog.TierAway(logger, storageClass, e.Message);
            Numbers.IsAway |= e.IsTierAway;
            Numbers.NoteFailed(e.Message);
            if (!e.IsTierAway) Defer(name, deferral.Delay, e);
        }
        catch (Exception e) when (e is KvException or BlobStoreException or IOException or InvalidDataException or Google.Protobuf.InvalidProtocolBufferException)
        {
            Numbers.NoteFailed(e.Message);
            Defer(name, deferral.Delay, e);
        }
    }

    private void Defer(string name, TimeSpan lastDelay, Exception reason)
    {
        if (logger is not null) StoreLog.TierFailed(logger, reason, storageClass);
        var delay = lastDelay == TimeSpan.Zero ? FirstRetry : TimeSpan.FromTicks(Math.Min(lastDelay.Ticks * 2, LongestRetry.Ticks));
        if (_deferred.Count >= MaxDeferred) _deferred.Clear();
        _deferred[name] = (engine.Time.GetUtcNow() + delay, delay);
    }

    private async ValueTask MoveAsync(byte[] key, byte[] value, CancellationToken ct)
    {
        var length = 0L;
        var done = await executor.RunAsync(TierKeys.ParseVersion(key), ct, maySend: true, sent => length += sent);
        if (!done.IsOk) throw Failed(done.Failure);
        if (done.Value == DueOutcome.Transitioned) Numbers.NoteMoved(length);
    }

    private async ValueTask RestoreAsync(byte[] key, byte[] value, CancellationToken ct)
    {
        var row = TierKeys.ParseVersion(key);
        // A bucket that is gone took its versions along; the row goes as one that nobody wants.
        var done = await restores.RunAsync(row, await names.FindAsync(row.BucketId, ct) ?? "", ct);
        if (!done.IsOk) throw Failed(done.Failure);
        if (done.Value > 0) Numbers.NoteRestored(done.Value);
    }

    /// <summary>The object first, then its row: a crash in between deletes once more.</summary>
    private async ValueTask DeleteAsync(byte[] key, byte[] value, CancellationToken ct)
    {
        var place = RemotePlaceRecord.Parser.ParseFrom(value);
        var content = SchemaKeys.TrailingContent(key);
        await engine.Tiers.Store.DeleteAsync(place, ct);
        var done = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            if (await transaction.GetAsync(key, ct) is null) return new Done();
            transaction.Delete(key);
            transaction.Add(SchemaKeys.TierCount(storageClass), -1);
            if (place.IsNamed) transaction.Delete(TierKeys.Name(storageClass, place.Bucket, place.Key));
            return new Done();
        }, ct);
        if (!done.IsOk) throw Failed(done.Failure);
        Numbers.NoteDeleted();
    }

    private static KvException Failed(Failure failure) => new(KvFault.Unavailable, $"It could not be committed: {failure.Fault} {failure.Message}");

    private async ValueTask<List<(byte[] Key, byte[] Value)>> ReadAsync(KeyRange range, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var batch = new List<(byte[], byte[])>();
        using var cursor = snapshot.Scan(range);
        while (batch.Count < BatchRows && await cursor.MoveNextAsync(ct)) batch.Add((cursor.Key.ToArray(), cursor.Value.ToArray()));
        return batch;
    }

    private async ValueTask<int> CountAsync(IKvReader reader, byte sort, CancellationToken ct)
    {
        var count = 0;
        using var cursor = reader.Scan(TierKeys.Of(sort, storageClass));
        while (count < MaxCount && await cursor.MoveNextAsync(ct)) count++;
        return count;
    }
}
