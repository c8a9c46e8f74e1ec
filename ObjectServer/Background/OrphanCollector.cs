using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <param name="Examined">Shards looked at.</param>
/// <param name="Freed">Shards that were deleted.</param>
/// <param name="FreedBytes">Their data.</param>
/// <param name="Unexplained">Shards that their content's row does not explain; they stay.</param>
/// <param name="Stopped">Why the pass could not be finished; null when it was.</param>
internal sealed record OrphanResult(long Examined = 0, long Freed = 0, long FreedBytes = 0, long Unexplained = 0, string? Stopped = null);

/// <summary>
/// Compares what lies on the drives with what the metadata speaks of, and frees the rest: shards of uploads that failed
/// or were killed, and shards that came back with a drive after their content was freed. Frees nothing while any drive
/// of the store is away or the metadata lacks a mirror: what is served then may be an old copy. One pass at a time.
/// </summary>
internal sealed class OrphanCollector(ObjectEngine engine, IStoreRoster roster, IShardVerifier verifier, OrphanOptions options, ILogger logger)
{
    private readonly OrphanJudge _judge = new(engine);
    private readonly OrphanPositions _positions = new(engine.Store);
    private readonly Pacer _pacer = new(options.ShardsPerSecond, engine.Time);
    private long _freed, _freedBytes;

    /// <summary>Since the start.</summary>
    public long Freed => Interlocked.Read(ref _freed);

    /// <summary>Since the start.</summary>
    public long FreedBytes => Interlocked.Read(ref _freedBytes);

    /// <summary>When a pass over all drives was finished last; null if none was.</summary>
    public DateTimeOffset? LastPass { get; private set; }

    /// <summary>What the last pass, finished or not, came to.</summary>
    public OrphanResult LastResult { get; private set; } = new();

    /// <summary>Collects until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await Task.Delay(options.StartDelay, engine.Time, ct);
            while (true)
            {
                var result = await CollectAsync(ct);
                await Task.Delay(result.Stopped is null ? options.Interval : options.RetryInterval, engine.Time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: the next pass goes on where the position was saved last.
            return;
        }
    }

    /// <summary>One pass over all drives, or what is left of the one that was begun.</summary>
    public async ValueTask<OrphanResult> CollectAsync(CancellationToken ct)
    {
        var pass = new Pass();
        try
        {
            pass.Stopped = await CollectAllAsync(pass, ct);
        }
        catch (Exception e) when (e is KvException or DriveException)
        {
            pass.Stopped = e.Message;
        }
        var result = new OrphanResult(pass.Examined, pass.Freed, pass.FreedBytes, pass.Unexplained, pass.Stopped);
        LastResult = result;
        if (result.Stopped is null) LastPass = engine.Time.GetUtcNow();
        if (result.Freed > 0) StoreLog.OrphansFreed(logger, result.Freed, result.FreedBytes, result.Examined);
        if (result.Unexplained > 0) StoreLog.ShardsUnexplained(logger, result.Unexplained);
        return result;
    }

    /// <summary>Grows while a pass runs, so that a pass that fails half way still tells what it did.</summary>
    private sealed class Pass
    {
        public long Examined { get; set; }
        public long Freed { get; set; }
        public long FreedBytes { get; set; }
        public long Unexplained { get; set; }
        public string? Stopped { get; set; }
    }

    /// <summary>Null, or why it stopped.</summary>
    private async ValueTask<string?> CollectAllAsync(Pass pass, CancellationToken ct)
    {
        if (roster.Gap is { } gap) return gap;
        foreach (var drive in roster.Serving.OrderBy(drive => drive.Id.Value))
        {
            var from = await _positions.LoadAsync(drive.Id, ct);
            if (from == OrphanPositions.End) continue;
            if (await CollectDriveAsync(drive, from, pass, ct) is { } stopped) return stopped;
            await _positions.SaveAsync(drive.Id, OrphanPositions.End, ct);
        }
        await _positions.ClearAsync(ct);
        return null;
    }

    private async ValueTask<string?> CollectDriveAsync(IDrive drive, BlobId from, Pass pass, CancellationToken ct)
    {
        var batch = new List<ShardInfo>(options.BatchSize);
        var saved = engine.Time.GetTimestamp();
        await foreach (var shard in drive.EnumerateAsync(from, ct))
        {
            // Shards of one blob stay in one batch, so that a position names whole blobs.
            if (batch.Count >= options.BatchSize && batch[^1].Blob != shard.Blob)
            {
                if (await CollectBatchAsync(drive, batch, pass, ct) is { } stopped) return stopped;
                batch.Clear();
                if (engine.Time.GetElapsedTime(saved) >= options.SaveInterval)
                {
                    await _positions.SaveAsync(drive.Id, shard.Blob, ct);
                    saved = engine.Time.GetTimestamp();
                }
            }
            batch.Add(shard);
        }
        return batch.Count == 0 ? null : await CollectBatchAsync(drive, batch, pass, ct);
    }

    private async ValueTask<string?> CollectBatchAsync(IDrive drive, List<ShardInfo> batch, Pass pass, CancellationToken ct)
    {
        await _pacer.SpendAsync(batch.Count, ct);
        var judgements = await _judge.JudgeAsync(drive.Id, batch, ct);
        pass.Examined += batch.Count;
        foreach (var judgement in judgements)
        {
            if (judgement.Claim == ShardClaim.Held) continue;
            if (judgement.Claim == ShardClaim.Future)
                return $"{drive.Location} holds shards of session {judgement.Shard.Blob.Session}, which the metadata has not begun: the metadata is an old copy.";
            if (judgement.Claim == ShardClaim.Unexplained) pass.Unexplained++;
            else if (await MayFreeAsync(judgement, ct))
            {
                if (roster.Gap is { } gap) return gap;
                await FreeAsync(drive, judgement.Shard, ct);
                pass.Freed++;
                pass.FreedBytes += judgement.Shard.LengthBytes;
            }
        }
        return null;
    }

    /// <summary>A stale copy goes only when the shard is whole where its row says: until then it is a spare.</summary>
    private async ValueTask<bool> MayFreeAsync(Judgement judgement, CancellationToken ct)
    {
        if (judgement.Claim == ShardClaim.Stale && !await verifier.IsWholeAsync(judgement.Blob!, judgement.Shard.Shard, ct)) return false;
        // A repair pins the content that it works on, and may be putting this very shard in its place.
        return !_judge.IsHeld(judgement.Shard);
    }

    private async ValueTask FreeAsync(IDrive drive, ShardInfo shard, CancellationToken ct)
    {
        await drive.DeleteAsync(shard.Blob, shard.Shard, ct);
        Interlocked.Increment(ref _freed);
        Interlocked.Add(ref _freedBytes, shard.LengthBytes);
    }
}
