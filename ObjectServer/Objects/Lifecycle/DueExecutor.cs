using System.Collections.Concurrent;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What became of a row that was due.</summary>
internal enum DueOutcome : byte
{
    /// <summary>Nothing is due of it any more: its version or upload is gone, or the rules are others.</summary>
    Stale,

    /// <summary>Due later; it has a row at that time.</summary>
    Postponed,
    Expired,
    Removed,
    MarkerRemoved,
    Aborted,
    Transitioned,

    /// <summary>A part or more of a version's bytes; the rest follows.</summary>
    Moving,

    /// <summary>Its move waits for who serves its tier.</summary>
    HandedOver,

    /// <summary>The copy that was restored of a version is gone.</summary>
    RestoreExpired,

    /// <summary>One step of a walk; more follow.</summary>
    Walking,
    Walked,
}

/// <summary>
/// Does what is due. Each row is judged by the rules, the version and the clock as its own transaction sees them, and goes in the
/// transaction that acts: a crash before the commit repeats all of it, one behind it nothing; whoever writes the key meanwhile
/// conflicts, so no version goes that was not judged.
/// </summary>
internal sealed class DueExecutor(ObjectEngine engine)
{
    /// <summary>Moves of one version's bytes that may be overtaken before its row is left for later.</summary>
    private const int MaxMoves = 3;

    private readonly BucketNames _names = new(engine.Store);
    private readonly LifecycleWalker _walker = new(engine);
    private readonly ContentMover _mover = new(engine);

    /// <summary>What is being moved: a version may have several rows that are due, which are worked at side by side.</summary>
    private readonly ConcurrentDictionary<(ulong BucketId, ulong Nonce), byte> _moving = new();

    /// <param name="sent">Told the length of a version that was sent there.</param>
    /// <param name="maySend">Whether bytes may be sent to another store now; else what is to go there gets a row in its tier's queue.</param>
    public async ValueTask<Result<DueOutcome>> RunAsync(DueRow row, CancellationToken ct, bool maySend = false, Action<long>? sent = null)
    {
        if (await _names.FindAsync(row.BucketId, ct) is not { } bucket) return await DropAsync(row, ct);
        if (row.Kind == DueKind.Walk) return await _walker.StepAsync(row, bucket, ct);
        for (var attempt = 0; attempt < MaxMoves; attempt++)
        {
            var wish = new MoveWish { MaySend = maySend };
            var outcome = await RunAsync(row, bucket, wish, null, ct);
            if (wish.Version is not { } version) return outcome;
            if (!_moving.TryAdd((row.BucketId, version.Nonce), 0)) return DueOutcome.Moving;
            try
            {
                outcome = await MoveAsync(row, bucket, wish, version, ct);
                if (outcome is { IsOk: true, Value: DueOutcome.Transitioned }) sent?.Invoke((long)version.Length);
            }
            finally
            {
                _moving.TryRemove((row.BucketId, version.Nonce), out _);
            }
            if (outcome.Fault != ObjectFault.ConditionalRequestConflict) return outcome;
        }
        return ObjectFault.ConditionalRequestConflict;
    }

    /// <summary>Bytes move outside of any transaction and lock. The swap judges anew; if it wants another move by then, this one was in vain.</summary>
    private async ValueTask<Result<DueOutcome>> MoveAsync(DueRow row, string bucket, MoveWish wish, VersionRecord version, CancellationToken ct)
    {
        using var moved = await _mover.MoveAsync(version, wish.Target, bucket, row.BucketId, row.ObjectKey, ct);
        if (moved is null) return DueOutcome.Moving;
        try
        {
            return await RunAsync(row, bucket, wish, moved, ct);
        }
        finally
        {
            await _mover.GiveUpAsync(moved);
        }
    }

    private async ValueTask<Result<DueOutcome>> RunAsync(DueRow row, string bucket, MoveWish wish, MovedContent? moved, CancellationToken ct)
    {
        Result<DueOutcome> result;
        try
        {
            result = await RunLockedAsync(row, bucket, wish, moved, ct);
        }
        catch (Exception e) when (e is not KvException)
        {
            moved?.Discard();
            throw;
        }
        moved?.Conclude(result);
        return result;
    }

    private async ValueTask<Result<DueOutcome>> RunLockedAsync(DueRow row, string bucket, MoveWish wish, MovedContent? moved, CancellationToken ct)
    {
        using var turn = await engine.Locks.LockAsync(bucket, Encoding.UTF8.GetString(row.ObjectKey), ct);
        return await engine.Transactions.RunAsync<DueOutcome>(async transaction =>
        {
            if (await transaction.GetAsync(row.RowKey, ct) is null) return DueOutcome.Stale;
            transaction.Delete(row.RowKey);
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            // A bucket of the same name that was made since is another one.
            if (record is null || record.Id != row.BucketId) return DueOutcome.Stale;
            if (row.Kind == DueKind.Restore) return await RestoreService.ExpireAsync(engine, transaction, bucket, record, row, ct);
            if (await engine.Lifecycle.GetAsync(transaction, record, ct) is not { } rules) return DueOutcome.Stale;
            var now = engine.NowTicks();
            if (row.Kind == DueKind.Upload) return await AbortAsync(transaction, bucket, record, row, rules, now, ct);
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, record, row.ObjectKey, now, ct);
            var judge = new DueVersions(engine, transaction, bucket, record, row.ObjectKey, versions, rules, now, wish, moved);
            wish.Version = null;
            var outcome = row.Kind == DueKind.Excess ? await judge.RunExcessAsync(row.Sequence, ct) : await judge.RunAsync(row.Sequence, ct);
            // Nothing is committed before the bytes are where they shall be.
            if (wish.Version is not null) return ObjectFault.ConditionalRequestConflict;
            if (outcome is not (DueOutcome.Stale or DueOutcome.Postponed or DueOutcome.HandedOver)) versions.WriteCounters(engine.Ids.NextNonce());
            return outcome;
        }, ct);
    }

    private async ValueTask<Result<DueOutcome>> DropAsync(DueRow row, CancellationToken ct) =>
        await engine.Transactions.RunAsync<DueOutcome>(transaction =>
        {
            transaction.Delete(row.RowKey);
            return new ValueTask<Result<DueOutcome>>(DueOutcome.Stale);
        }, ct);

    private async ValueTask<DueOutcome> AbortAsync(
        IKvTransaction transaction, string bucketName, BucketRecord bucket, DueRow row, LifecycleRules rules, ulong now, CancellationToken ct)
    {
        if (await transaction.GetRecordAsync(SchemaKeys.Upload(row.BucketId, row.ObjectKey, row.Upload), UploadRecord.Parser, ct) is not { } upload) return DueOutcome.Stale;
        if (rules.AbortOf(row.ObjectKey, upload.InitiatedTicks) is not { } abort) return DueOutcome.Stale;
        if (abort.DueTicks > now)
        {
            transaction.Put(SchemaKeys.DueUpload(abort.DueTicks, row.BucketId, row.ObjectKey, row.Upload), ReadOnlyMemory<byte>.Empty);
            return DueOutcome.Postponed;
        }
        await UploadRows.GiveUpAsync(transaction, bucket, row.ObjectKey, row.Upload, now, ct);
        await LifecycleLog.AppendAsync(engine, transaction, bucketName, bucket, LifecycleLog.Abort, row.ObjectKey, record: null, now, ct);
        return DueOutcome.Aborted;
    }
}
