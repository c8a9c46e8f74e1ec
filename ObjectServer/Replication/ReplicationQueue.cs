using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>What waits of one bucket for one destination: read from the front, and rid of what has been dealt with.</summary>
internal sealed class ReplicationQueue(ObjectEngine engine, string name)
{
    private readonly ulong _destination = ReplicationRules.HashOf(QueueKeys.ReplicationQueue(name).DestinationArn);

    public string Name => name;

    public string DestinationArn { get; } = QueueKeys.ReplicationQueue(name).DestinationArn;

    public ulong BucketId { get; } = QueueKeys.ReplicationQueue(name).BucketId;

    /// <summary>The first rows of keys that are not held.</summary>
    /// <param name="maxPassed">Rows of held keys that are passed over at most.</param>
    public async ValueTask<List<QueuedChange>> ReadAsync(int limit, int maxPassed, Func<ByteKey, bool> isHeld, CancellationToken ct)
    {
        var changes = new List<QueuedChange>();
        var passed = 0;
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(QueueKeys.OfQueue(QueueKeys.Replication, name));
        while (changes.Count < limit && passed < maxPassed && await cursor.MoveNextAsync(ct))
        {
            var record = ChangeRecord.Parser.ParseFrom(cursor.Value);
            if (isHeld(new ByteKey(record.Key))) passed++;
            else changes.Add(new QueuedChange(QueueKeys.Position(cursor.Key), record));
        }
        return changes;
    }

    /// <summary>Takes rows about one version out, in one transaction with what the version's row then says and with what is told of it.</summary>
    /// <param name="status">None: no rule wants the version there any more.</param>
    /// <param name="events">What is told of the version as it is then.</param>
    /// <exception cref="KvException">They may still be there, and will be sent again.</exception>
    public async ValueTask FinishAsync(
        IReadOnlyList<QueuedChange> rows, ReplicationStatus status, Func<BucketRecord, ulong, IEnumerable<(ChangeKind Kind, ReplicationEvent Event)>> events, CancellationToken ct)
    {
        var last = rows[^1].Record;
        var key = last.Key.ToByteArray();
        using var turn = await engine.Locks.LockAsync(last.Bucket, last.Key.ToStringUtf8(), ct);
        var finished = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var isOurs = false;
            foreach (var row in rows) isOurs |= await ChangeQueue.RemoveReplicationAsync(transaction, name, row, ct);
            // Somebody has dropped the queue.
            if (!isOurs) return new Done();
            var bucket = await ObjectEngine.GetBucketAsync(transaction, last.Bucket, ct);
            if (bucket is null || bucket.Id != BucketId) return new Done();
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            if (await FindAsync(transaction, versions, bucket.Id, key, last, ct) is not { } version) return new Done();
            if (ReplicationMarks.SetDone(version, _destination, rows[^1].Position, status)) versions.Restate(version);
            foreach (var (kind, told) in events(bucket, now))
                await engine.Changes.AddAsync(transaction, bucket, versions, new Change(last.Bucket, key, kind, version, now, ChangeOrigin.Server) { Replication = told }, ct);
            return new Done();
        }, ct);
        if (!finished.IsOk) throw new KvException(KvFault.Unavailable, $"Replicated versions could not be taken out of their queue: {finished.Failure.Message}");
    }

    private static async ValueTask<VersionRecord?> FindAsync(
        IKvTransaction transaction, KeyVersions versions, ulong bucketId, byte[] key, ChangeRecord change, CancellationToken ct)
    {
        var version = versions.Current?.Sequence == change.Sequence
            ? versions.Current
            : await transaction.GetRecordAsync(SchemaKeys.Version(bucketId, key, change.Sequence), VersionRecord.Parser, ct);
        return version?.Nonce == change.Nonce ? version : null;
    }
}

/// <summary>An object's key, to be looked up.</summary>
internal readonly record struct ByteKey(Google.Protobuf.ByteString Bytes);
