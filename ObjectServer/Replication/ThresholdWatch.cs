using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>
/// Tells of versions that have waited for longer than their rule's threshold (ReplicationTime), once each; after a restart perhaps once more.
/// </summary>
internal sealed class ThresholdWatch(ObjectEngine engine)
{
    /// <summary>Rows that one look tells of at most; the next one goes on.</summary>
    private const int MaxRows = 100;

    /// <summary>By queue, the position up to which all has been told.</summary>
    private readonly Dictionary<string, ulong> _told = new(StringComparer.Ordinal);

    public async ValueTask LookAsync(string queue, string bucketName, CancellationToken ct)
    {
        var late = new List<(QueuedChange Change, string RuleId)>();
        using (var snapshot = engine.Store.Snapshot())
        {
            var bucket = await ObjectEngine.GetBucketAsync(snapshot, bucketName, ct);
            var (bucketId, arn) = QueueKeys.ReplicationQueue(queue);
            if (bucket is null || bucket.Id != bucketId || (bucket.Listeners & Listeners.Notifications) == 0) return;
            var rules = await engine.Changes.RulesOfAsync(snapshot, bucket, ct);
            if (!rules.HasThreshold(arn)) return;
            var now = engine.NowTicks();
            var told = _told.GetValueOrDefault(queue);
            using var cursor = snapshot.Scan(QueueKeys.OfQueue(QueueKeys.Replication, queue) with { From = QueueKeys.Change(QueueKeys.Replication, queue, told + 1) });
            while (late.Count < MaxRows && await cursor.MoveNextAsync(ct))
            {
                var change = new QueuedChange(QueueKeys.Position(cursor.Key), ChangeRecord.Parser.ParseFrom(cursor.Value));
                var rule = rules.ForSending(arn, change.Record.Key.ToByteArray(), change.Record.RuleId);
                if (rule?.ThresholdTicks is not { } threshold) continue;
                if (change.Record.TimeTicks + threshold > now) break;
                late.Add((change, rule.Record.Id));
            }
        }
        foreach (var (change, ruleId) in late)
        {
            await TellAsync(queue, change, ruleId, ct);
            _told[queue] = change.Position;
        }
    }

    private async ValueTask TellAsync(string queue, QueuedChange queued, string ruleId, CancellationToken ct)
    {
        var record = queued.Record;
        var key = record.Key.ToByteArray();
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            // Done since.
            if (await transaction.GetAsync(QueueKeys.Change(QueueKeys.Replication, queue, queued.Position), ct) is null) return new Done();
            if (await ObjectEngine.GetBucketAsync(transaction, record.Bucket, ct) is not { } bucket || bucket.Id != record.BucketId) return new Done();
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            var version = versions.Current?.Sequence == record.Sequence
                ? versions.Current
                : await transaction.GetRecordAsync(SchemaKeys.Version(bucket.Id, key, record.Sequence), VersionRecord.Parser, ct);
            if (version is null || version.Nonce != record.Nonce) return new Done();
            var told = new ReplicationEvent(QueueKeys.ReplicationQueue(queue).DestinationArn, ruleId, null);
            var change = new Change(record.Bucket, key, ChangeKind.ReplicationMissedThreshold, version, now, ChangeOrigin.Server) { Replication = told };
            await engine.Changes.AddAsync(transaction, bucket, versions, change, ct);
            return new Done();
        }, ct);
    }
}
