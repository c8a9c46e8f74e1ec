using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>One target's queue of changes: read from the front, and rid of what has been dealt with.</summary>
internal sealed class TargetQueue(ObjectEngine engine, string arn)
{
    public string Arn => arn;

    /// <summary>Rows that are looked at for a batch: as many as refused keys may have in front of it.</summary>
    private const int MaxScan = 20_000;

    /// <summary>The first changes but those that have to wait; and when the very first one was made.</summary>
    public async ValueTask<(List<QueuedChange> Batch, ulong? OldestTicks)> ReadAsync(int limit, Func<ChangeRecord, bool> waits, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(QueueKeys.OfQueue(QueueKeys.Notifications, arn));
        var batch = new List<QueuedChange>();
        ulong? oldest = null;
        for (var i = 0; i < MaxScan && batch.Count < limit && await cursor.MoveNextAsync(ct); i++)
        {
            var change = new QueuedChange(QueueKeys.Position(cursor.Key), ChangeRecord.Parser.ParseFrom(cursor.Value));
            oldest ??= change.Record.TimeTicks;
            if (!waits(change.Record)) batch.Add(change);
        }
        return (batch, oldest);
    }

    public async ValueTask<List<QueuedChange>> ReadAsync(int limit, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        return await ChangeQueue.ReadAsync(snapshot, QueueKeys.Notifications, arn, limit, ct);
    }

    /// <exception cref="KvException">They may still be there, and will be told again.</exception>
    public async ValueTask RemoveAsync(IReadOnlyCollection<ulong> positions, CancellationToken ct)
    {
        if (positions.Count == 0) return;
        var removed = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            await ChangeQueue.RemoveAsync(transaction, QueueKeys.Notifications, arn, positions, ct);
            return new Done();
        }, ct);
        if (!removed.IsOk) throw new KvException(KvFault.Unavailable, $"Events could not be taken out of their queue: {removed.Failure.Message}");
    }
}
