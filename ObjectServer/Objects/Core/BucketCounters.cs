using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What one transaction changes in a bucket's counts. Exact: added in the transaction, without conflicts.</summary>
internal struct BucketCounters
{
    /// <summary>Rows that share the additions, where a backend locks rows.</summary>
    private const int Shards = 8;

    private enum Kind : byte { Objects = 0, Versions = 1, DeleteMarkers = 2, Bytes = 3 }

    private long _objects, _versions, _markers, _bytes;

    public void Count(VersionRecord record, int sign)
    {
        if (record.IsDeleteMarker()) _markers += sign;
        else
        {
            _versions += sign;
            _bytes += sign * (long)record.Length;
        }
    }

    public void CountCurrent(int sign) => _objects += sign;

    public readonly void Write(IKvTransaction transaction, ulong bucketId, ulong shardBy)
    {
        var shard = (byte)(shardBy % Shards);
        Write(transaction, bucketId, shard, Kind.Objects, _objects);
        Write(transaction, bucketId, shard, Kind.Versions, _versions);
        Write(transaction, bucketId, shard, Kind.DeleteMarkers, _markers);
        Write(transaction, bucketId, shard, Kind.Bytes, _bytes);
    }

    public static async ValueTask<BucketUsage> ReadAsync(IKvReader reader, ulong bucketId, CancellationToken ct)
    {
        var sums = new long[4];
        using var cursor = reader.Scan(SchemaKeys.OfBucket(KvTables.Counters, bucketId));
        while (await cursor.MoveNextAsync(ct))
        {
            var kind = cursor.Key[^1];
            if (kind < sums.Length) sums[kind] += BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
        }
        return new BucketUsage(sums[(int)Kind.Objects], sums[(int)Kind.Versions], sums[(int)Kind.DeleteMarkers], sums[(int)Kind.Bytes]);
    }

    private static void Write(IKvTransaction transaction, ulong bucketId, byte shard, Kind kind, long delta)
    {
        if (delta != 0) transaction.Add(SchemaKeys.Counter(bucketId, shard, (byte)kind), delta);
    }
}
