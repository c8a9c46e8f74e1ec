using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>How a bucket's counters are kept: <c>BucketRecord.counting</c>. Values are stored, and only ever grow.</summary>
internal enum Counting : uint
{
    /// <summary>In shards, without the parts of unfinished uploads: as long as the bucket has never had a quota.</summary>
    Sharded = 0,

    /// <summary>New changes go to one row a kind, parts included; what was before still stands in shards, and parts of before are missing.</summary>
    Folding = 1,

    /// <summary>One row a kind holds all, so that a commit can hold it below a quota.</summary>
    Whole = 2,
}

/// <summary>What one transaction changes in a bucket's counts. Exact: added in the transaction, without conflicts.</summary>
internal struct BucketCounters
{
    /// <summary>Rows that share the additions, where a backend locks rows.</summary>
    private const int Shards = 8;

    /// <summary>The row of buckets with a quota: a sum can be bounded only where it stands.</summary>
    private const byte WholeShard = 0xFF;

    private const int Kinds = 5;

    /// <summary>In the whole shard bytes are those of versions and of parts; elsewhere there are no part bytes.</summary>
    private enum Kind : byte { Objects = 0, Versions = 1, DeleteMarkers = 2, Bytes = 3, PartBytes = 4 }

    private long _objects, _versions, _markers, _bytes, _partBytes;

    public void Count(VersionRecord record, int sign)
    {
        if (record.IsDeleteMarker()) _markers += sign;
        else
        {
            _versions += sign;
            _bytes += sign * BytesOf(record);
        }
    }

    /// <summary>What a version counts for: its own bytes and those of its annotations.</summary>
    public static long BytesOf(VersionRecord record) => (long)record.Length + (long)(record.Annotations?.Length ?? 0);

    public void Add(in BucketCounters other)
    {
        _objects += other._objects;
        _versions += other._versions;
        _markers += other._markers;
        _bytes += other._bytes;
        _partBytes += other._partBytes;
    }

    public void CountCurrent(int sign) => _objects += sign;

    /// <summary>Parts of unfinished uploads that come or go; only buckets with a quota write it down.</summary>
    public void CountParts(long bytes) => _partBytes += bytes;

    /// <summary>The commit fails with <see cref="KvFault.BoundExceeded"/> if a sum grows and is then above the bucket's quota.</summary>
    public readonly void Write(IKvTransaction transaction, BucketRecord bucket, ulong shardBy)
    {
        var isSharded = bucket.Counting == (uint)Counting.Sharded;
        var shard = isSharded ? (byte)(shardBy % Shards) : WholeShard;
        var partBytes = isSharded ? 0 : _partBytes;
        Add(transaction, bucket.Id, shard, Kind.Objects, _objects);
        Add(transaction, bucket.Id, shard, Kind.Versions, _versions, bucket.QuotaObjects);
        Add(transaction, bucket.Id, shard, Kind.DeleteMarkers, _markers);
        Add(transaction, bucket.Id, shard, Kind.Bytes, _bytes + partBytes, bucket.QuotaBytes);
        Add(transaction, bucket.Id, shard, Kind.PartBytes, partBytes);
    }

    public static async ValueTask<BucketUsage> ReadAsync(IKvReader reader, ulong bucketId, CancellationToken ct)
    {
        var sums = new long[Kinds];
        using var cursor = reader.Scan(SchemaKeys.OfBucket(KvTables.Counters, bucketId));
        while (await cursor.MoveNextAsync(ct))
        {
            var kind = cursor.Key[^1];
            if (kind < sums.Length) sums[kind] += BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
        }
        var parts = sums[(int)Kind.PartBytes];
        return new BucketUsage(sums[(int)Kind.Objects], sums[(int)Kind.Versions], sums[(int)Kind.DeleteMarkers], sums[(int)Kind.Bytes] - parts, parts);
    }

    /// <summary>What a quota bounds, of a bucket whose counting is <see cref="Counting.Whole"/>.</summary>
    public static async ValueTask<(long Bytes, long Versions)> ReadBoundedAsync(IKvReader reader, ulong bucketId, CancellationToken ct) =>
        (await ReadRowAsync(reader, bucketId, Kind.Bytes, ct), await ReadRowAsync(reader, bucketId, Kind.Versions, ct));

    /// <summary>
    /// What has to move for the whole shard to hold all: what stands in other shards, and the parts that are not counted yet. While counting is
    /// <see cref="Counting.Folding"/> neither changes, so what a snapshot of then says stays right, whatever is written meanwhile.
    /// </summary>
    /// <param name="allPartBytes">Of all unfinished uploads in the snapshot.</param>
    public static async ValueTask<CounterMove> PlanMoveAsync(IKvReader snapshot, ulong bucketId, long allPartBytes, CancellationToken ct)
    {
        var shards = new List<byte[]>();
        var missing = new long[Kinds];
        using var cursor = snapshot.Scan(SchemaKeys.OfBucket(KvTables.Counters, bucketId));
        while (await cursor.MoveNextAsync(ct))
        {
            var (shard, kind) = (cursor.Key[^2], cursor.Key[^1]);
            if (shard == WholeShard || kind >= Kinds) continue;
            missing[kind] += BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
            shards.Add(cursor.Key.ToArray());
        }
        var parts = allPartBytes - await ReadRowAsync(snapshot, bucketId, Kind.PartBytes, ct);
        missing[(int)Kind.Bytes] += parts;
        missing[(int)Kind.PartBytes] += parts;
        return new CounterMove(bucketId, shards, missing);
    }

    /// <summary>Conflicts with no writer: it adds, and deletes rows that nobody changes.</summary>
    public static void Move(IKvTransaction transaction, CounterMove move)
    {
        foreach (var shard in move.Shards) transaction.Delete(shard);
        for (var kind = 0; kind < Kinds; kind++) Add(transaction, move.BucketId, WholeShard, (Kind)kind, move.Missing[kind]);
    }

    /// <summary>Whether a row stands outside the whole shard.</summary>
    public static async ValueTask<bool> HasShardsAsync(IKvReader reader, ulong bucketId, CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.OfBucket(KvTables.Counters, bucketId));
        while (await cursor.MoveNextAsync(ct))
        {
            if (cursor.Key[^2] != WholeShard) return true;
        }
        return false;
    }

    private static async ValueTask<long> ReadRowAsync(IKvReader reader, ulong bucketId, Kind kind, CancellationToken ct) =>
        await reader.GetAsync(SchemaKeys.Counter(bucketId, WholeShard, (byte)kind), ct) is { } value ? BinaryPrimitives.ReadInt64LittleEndian(value.Span) : 0;

    private static void Add(IKvTransaction transaction, ulong bucketId, byte shard, Kind kind, long delta, ulong max = 0)
    {
        if (delta == 0) return;
        var row = SchemaKeys.Counter(bucketId, shard, (byte)kind);
        if (max > 0) transaction.AddBounded(row, delta, (long)max);
        else transaction.Add(row, delta);
    }
}

/// <param name="Shards">Rows that go.</param>
/// <param name="Missing">By kind: what the whole shard lacks.</param>
internal sealed record CounterMove(ulong BucketId, IReadOnlyList<byte[]> Shards, long[] Missing);
