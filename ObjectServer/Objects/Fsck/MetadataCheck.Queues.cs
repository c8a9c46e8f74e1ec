using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed partial class MetadataCheck
{
    /// <summary>Each queue has as many rows as its counter says. Their buckets may be gone: what happened is told all the same.</summary>
    private async ValueTask CheckQueuesAsync(CancellationToken ct)
    {
        var counted = new Dictionary<(byte, string), long>();
        var found = new Dictionary<(byte, string), long>();
        using var cursor = reader.Scan(QueueKeys.All);
        while (await cursor.MoveNextAsync(ct))
        {
            var queue = QueueKeys.Queue(cursor.Key);
            if (QueueKeys.IsCount(cursor.Key))
            {
                counted[queue] = BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
                continue;
            }
            found[queue] = found.GetValueOrDefault(queue) + 1;
            if (!KnownKind(ChangeRecord.Parser.ParseFrom(cursor.Value).Kind)) Report($"A change in queue {queue.Name} is of no known kind.");
        }
        foreach (var queue in counted.Keys.Union(found.Keys))
        {
            var (rows, count) = (found.GetValueOrDefault(queue), counted.GetValueOrDefault(queue));
            if (rows != count) Report($"Queue {queue.Item2} has {rows} rows, not {count}.");
        }
    }

    private static bool KnownKind(uint kind) => kind is > 0 and <= (uint)ChangeKind.AnnotationRemoved;
}
