using System.Collections.Concurrent;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// What buckets are called whose id a row has. A bucket's id is never used again and its name never changes, so what was seen once
/// stays true; whether the bucket still is there is for the caller to look at.
/// </summary>
internal sealed class BucketNames(IKeyValueStore store)
{
    /// <summary>Buckets that are kept, and as many that are gone; when there are more, all are forgotten.</summary>
    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<ulong, string> _names = new();
    private readonly ConcurrentDictionary<ulong, byte> _gone = new();

    /// <summary>Null for a bucket that is gone. An id that is not known costs one walk over the rows of all buckets.</summary>
    public async ValueTask<string?> FindAsync(ulong bucketId, CancellationToken ct)
    {
        if (_names.TryGetValue(bucketId, out var name)) return name;
        if (_gone.ContainsKey(bucketId)) return null;
        if (_names.Count >= Capacity) _names.Clear();
        using var snapshot = store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (await cursor.MoveNextAsync(ct))
        {
            var id = BucketStamp.Parse(cursor.Value).Id;
            if (id == bucketId) name = SchemaKeys.BucketName(cursor.Key);
            if (id == bucketId || _names.Count < Capacity) _names[id] = SchemaKeys.BucketName(cursor.Key);
        }
        if (name is not null) return name;
        if (_gone.Count >= Capacity) _gone.Clear();
        _gone[bucketId] = 0;
        return null;
    }
}
