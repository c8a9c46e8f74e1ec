using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal enum RestoreOutcome
{
    /// <summary>It begins.</summary>
    Accepted,

    /// <summary>There is a copy, which now stays until another time.</summary>
    Extended,
}

/// <summary>
/// Copies of versions whose bytes are in tiers: asked for, made by who serves the tier, and gone again when they are due. Without days a copy is for good: then
/// the version is in the default class again, and nothing of it in the tier.
/// </summary>
internal sealed class RestoreService(ObjectEngine engine)
{
    private const int MaxMoves = 3;

    private readonly ContentMover _mover = new(engine);

    /// <param name="days">How long the copy stays; null for good.</param>
    /// <returns><see cref="ObjectFault.NothingToRestore"/>, <see cref="ObjectFault.RestoreInProgress"/>, and what is said of versions that are not there.</returns>
    public async ValueTask<Result<RestoreOutcome>> RequestAsync(VersionTarget target, int? days, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(target.Key, out var key)) return ObjectFault.InvalidKey;
        using var turn = await engine.Locks.LockAsync(target.Bucket, target.Key, ct);
        return await engine.Transactions.RunAsync<RestoreOutcome>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, target.Bucket, ct);
            if (bucket is null) return ObjectFault.NoSuchBucket;
            var found = await ObjectReader.FindRecordAsync(transaction, bucket, key, target.VersionId, ct);
            if (!found.IsOk) return found.Failure;
            var record = found.Value;
            if (record.Tier is null)
                return new Failure(ObjectFault.NothingToRestore) { Message = record.StorageClass.Length > 0 ? record.StorageClass : StorageClassTable.Standard };
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            if (record.Restore is { ContentId.IsEmpty: true }) return ObjectFault.RestoreInProgress;
            if (VersionBytes.IsRestored(record, now) && days is { } until)
            {
                record.Restore.ExpiresTicks = engine.Lifecycle.Clock.Due(now, until);
                versions.Restate(record);
                transaction.Put(SchemaKeys.DueRestore(record.Restore.ExpiresTicks, bucket.Id, key, record.Sequence), ReadOnlyMemory<byte>.Empty);
                return RestoreOutcome.Extended;
            }
            await versions.ReleaseRestoredAsync(record, ct);
            record.Restore = new RestoreRecord { RequestedTicks = now, Days = (uint)(days ?? 0) };
            versions.Restate(record);
            transaction.Put(TierKeys.Version(TierKeys.Restores, record.StorageClass, bucket.Id, key, record.Sequence), ReadOnlyMemory<byte>.Empty);
            await engine.Changes.AddAsync(transaction, bucket, versions, new Change(target.Bucket, key, ChangeKind.RestoreBegun, record, now, target.Origin), ct);
            return RestoreOutcome.Accepted;
        }, ct);
    }

    /// <summary>Does what a row of the tier's queue asks for. Bytes come outside of any transaction; the one that gives them to the version judges it anew.</summary>
    /// <returns>Whether a copy was made, with its bytes; 0 if nobody wants it any more.</returns>
    /// <exception cref="TierException">The tier did not give the bytes.</exception>
    public async ValueTask<Result<long>> RunAsync(DueRow row, string bucket, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MaxMoves; attempt++)
        {
            var wanted = await FindAsync(row, bucket, ct);
            if (wanted is null)
            {
                var dropped = await CommitAsync(row, bucket, null, null, ct);
                if (dropped.Fault != ObjectFault.ConditionalRequestConflict) return dropped;
                continue;
            }
            // Copies of many parts come in several visits.
            MovedContent? made;
            while ((made = await _mover.MoveAsync(wanted, new MoveTarget(engine.Blobs.DefaultScheme), bucket, row.BucketId, row.ObjectKey, ct)) is null) ct.ThrowIfCancellationRequested();
            using var moved = made;
            Result<long> done;
            try
            {
                done = await CommitAsync(row, bucket, wanted, moved, ct);
            }
            catch (Exception e) when (e is not KvException)
            {
                moved.Discard();
                throw;
            }
            if (done.IsOk && done.Value == 0) moved.Discard();
            else moved.Conclude(done.Fault);
            if (done.Fault != ObjectFault.ConditionalRequestConflict) return done;
        }
        return ObjectFault.ConditionalRequestConflict;
    }

    /// <summary>The time of a copy has come, unless it was asked for anew. Within the transaction that deletes the row.</summary>
    public static async ValueTask<Result<DueOutcome>> ExpireAsync(ObjectEngine engine, IKvTransaction transaction, string bucketName, BucketRecord bucket, DueRow row, CancellationToken ct)
    {
        var now = engine.NowTicks();
        var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, row.ObjectKey, now, ct);
        var record = await FindVersionAsync(transaction, versions, row, ct);
        if (record?.Restore is not { ContentId.IsEmpty: false } restore) return DueOutcome.Stale;
        if (restore.ExpiresTicks > now)
        {
            transaction.Put(SchemaKeys.DueRestore(restore.ExpiresTicks, bucket.Id, row.ObjectKey, record.Sequence), ReadOnlyMemory<byte>.Empty);
            return DueOutcome.Postponed;
        }
        await versions.ReleaseRestoredAsync(record, ct);
        var changed = record.Clone();
        changed.Restore = null;
        versions.Restate(changed);
        await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, row.ObjectKey, ChangeKind.RestoreExpired, changed, now, ChangeOrigin.Server), ct);
        return DueOutcome.RestoreExpired;
    }

    /// <summary>The version that waits for a copy; null if it does not any more.</summary>
    private async ValueTask<VersionRecord?> FindAsync(DueRow row, string bucketName, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, bucketName, ct);
        if (bucket is null || bucket.Id != row.BucketId) return null;
        var record = await VersionRows.GetCurrentAsync(snapshot, bucket.Id, row.ObjectKey, ct);
        if (record?.Sequence != row.Sequence) record = await snapshot.GetRecordAsync(SchemaKeys.Version(bucket.Id, row.ObjectKey, row.Sequence), VersionRecord.Parser, ct);
        return record is { Tier: not null, Restore.ContentId.IsEmpty: true } ? record : null;
    }

    private async ValueTask<Result<long>> CommitAsync(DueRow row, string bucketName, VersionRecord? wanted, MovedContent? moved, CancellationToken ct)
    {
        using var turn = await engine.Locks.LockAsync(bucketName, Encoding.UTF8.GetString(row.ObjectKey), ct);
        return await engine.Transactions.RunAsync<long>(async transaction =>
        {
            if (await transaction.GetAsync(row.RowKey, ct) is null) return 0L;
            transaction.Delete(row.RowKey);
            var bucket = await ObjectEngine.GetBucketAsync(transaction, bucketName, ct);
            if (bucket is null || bucket.Id != row.BucketId) return 0L;
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, row.ObjectKey, now, ct);
            var record = await FindVersionAsync(transaction, versions, row, ct);
            if (record is not { Tier: not null, Restore.ContentId.IsEmpty: true }) return 0L;
            if (moved is null || !moved.IsOf(record, new MoveTarget(engine.Blobs.DefaultScheme))) return ObjectFault.ConditionalRequestConflict;
            record = await PutAsync(transaction, bucket, versions, record, moved, row, now, ct);
            await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, row.ObjectKey, ChangeKind.Restored, record, now, ChangeOrigin.Server), ct);
            return (long)wanted!.Length;
        }, ct);
    }

    private async ValueTask<VersionRecord> PutAsync(
        IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, VersionRecord record, MovedContent moved, DueRow row, ulong now, CancellationToken ct)
    {
        var changed = record.Clone();
        if (record.Restore.Days == 0)
        {
            (changed.Tier, changed.Restore, changed.StorageClass) = (null, null, "");
            await versions.SwapContentAsync(record, changed, moved, ct);
            return changed;
        }
        changed.Restore.ExpiresTicks = engine.Lifecycle.Clock.Due(now, (int)record.Restore.Days);
        await versions.PutRestoredAsync(changed, moved, ct);
        transaction.Put(SchemaKeys.DueRestore(changed.Restore.ExpiresTicks, bucket.Id, row.ObjectKey, record.Sequence), ReadOnlyMemory<byte>.Empty);
        return changed;
    }

    private static async ValueTask<VersionRecord?> FindVersionAsync(IKvTransaction transaction, KeyVersions versions, DueRow row, CancellationToken ct) =>
        versions.Current?.Sequence == row.Sequence ? versions.Current
            : await transaction.GetRecordAsync(SchemaKeys.Version(row.BucketId, row.ObjectKey, row.Sequence), VersionRecord.Parser, ct);
}
