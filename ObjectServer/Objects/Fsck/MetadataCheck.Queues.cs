using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed partial class MetadataCheck
{
    /// <summary>
    /// Each queue has as many rows as its counter says. Buckets of notifications may be gone: what happened is told all the same. Of replication, a version
    /// that a row is about says that it waits.
    /// </summary>
    private async ValueTask CheckQueuesAsync(CancellationToken ct)
    {
        var found = new Dictionary<(byte Sort, string Name), long>();
        await CountRowsAsync(QueueKeys.Notifications, found, ct);
        await CountRowsAsync(QueueKeys.Replication, found, ct);
        var counted = new Dictionary<(byte Sort, string Name), long>();
        using var cursor = reader.Scan(QueueKeys.Counts);
        while (await cursor.MoveNextAsync(ct)) counted[QueueKeys.Queue(cursor.Key)] = BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
        foreach (var queue in counted.Keys.Union(found.Keys))
        {
            var (rows, count) = (found.GetValueOrDefault(queue), counted.GetValueOrDefault(queue));
            var what = queue.Sort == QueueKeys.ReplicationBytes ? "bytes" : "rows";
            if (rows != count) Report($"Queue {queue.Name} has {rows} {what}, not {count}.");
        }
    }

    private async ValueTask CountRowsAsync(byte sort, Dictionary<(byte Sort, string Name), long> found, CancellationToken ct)
    {
        using var cursor = reader.Scan(QueueKeys.OfSort(sort));
        while (await cursor.MoveNextAsync(ct))
        {
            var queue = QueueKeys.Queue(cursor.Key);
            var position = QueueKeys.Position(cursor.Key);
            var change = ChangeRecord.Parser.ParseFrom(cursor.Value);
            found[queue] = found.GetValueOrDefault(queue) + 1;
            if (!KnownKind(change.Kind)) Report($"A change in queue {queue.Name} is of no known kind.");
            if (sort != QueueKeys.Replication) continue;
            var bytes = (QueueKeys.ReplicationBytes, queue.Name);
            found[bytes] = found.GetValueOrDefault(bytes) + (long)change.Size;
            await CheckReplicationAsync(queue.Name, position, change, ct);
        }
    }

    private async ValueTask CheckReplicationAsync(string queue, ulong position, ChangeRecord change, CancellationToken ct)
    {
        var (bucketId, arn) = QueueKeys.ReplicationQueue(queue);
        var key = change.Key.ToByteArray();
        if (change.BucketId != bucketId) Report($"A change in queue {queue} is of another bucket.");
        var version = await VersionRows.GetCurrentAsync(reader, bucketId, key, ct);
        if (version?.Sequence != change.Sequence)
            version = await reader.GetRecordAsync(SchemaKeys.Version(bucketId, key, change.Sequence), VersionRecord.Parser, ct);
        // Removed while it waited.
        if (version is null || version.Nonce != change.Nonce) return;
        var state = ReplicationMarks.Find(version.Replication, ReplicationRules.HashOf(arn));
        if (state is null || state.Position < position || state.Status != (uint)ReplicationStatus.Pending)
            Report($"A version that waits in queue {queue} does not say so.");
    }

    private static bool KnownKind(uint kind) => kind is > 0 and <= (uint)ChangeKind.ReplicationWanted;
}
