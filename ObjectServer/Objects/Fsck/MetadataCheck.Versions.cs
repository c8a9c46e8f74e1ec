using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed partial class MetadataCheck
{
    private readonly Dictionary<ulong, string> _bucketNames = [];
    private readonly Dictionary<ulong, BucketUsage> _usage = [];

    /// <summary>Buckets whose parts are counted.</summary>
    private readonly Dictionary<ulong, Counting> _counting = [];

    /// <summary>Buckets with object lock.</summary>
    private readonly HashSet<ulong> _lockable = [];

    /// <summary>What was seen of one key.</summary>
    private sealed class Chain
    {
        public VersionRecord? Current;
        public VersionRecord? NewestOther;
        public int Nulls;
        public ulong? NullOther;
    }

    private async ValueTask ReadBucketsAsync(CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (await cursor.MoveNextAsync(ct))
        {
            var record = BucketRecord.Parser.ParseFrom(cursor.Value);
            if (!_bucketNames.TryAdd(record.Id, SchemaKeys.BucketName(cursor.Key))) Report($"Two buckets have the id {record.Id:x}.");
            _counting[record.Id] = (Counting)record.Counting;
            if (QuotaRules.IsSet(record) && record.Counting != (uint)Counting.Whole) Report($"Bucket {record.Id:x} has a quota that its counters cannot keep.");
            if (!record.ObjectLock) continue;
            _lockable.Add(record.Id);
            if (record.Versioning != (uint)VersioningState.Enabled) Report($"Bucket {record.Id:x} has object lock and is not versioned.");
        }
    }

    private async ValueTask CheckVersionsAsync(CancellationToken ct)
    {
        var chains = new Dictionary<string, Chain>();
        var inlined = new HashSet<string>();
        await ReadVersionsAsync(KvTables.CurrentVersions, chains, inlined, ct);
        await ReadVersionsAsync(KvTables.OtherVersions, chains, inlined, ct);
        foreach (var (key, chain) in chains) CheckChain(key, chain);
        await CheckNullsAsync(chains, ct);
        await CheckInlineAsync(inlined, ct);
    }

    private async ValueTask ReadVersionsAsync(byte table, Dictionary<string, Chain> chains, HashSet<string> inlined, CancellationToken ct)
    {
        var key = new byte[KvLimits.MaxKeyBytes];
        using var cursor = reader.Scan(SchemaKeys.OfTable(table));
        while (await cursor.MoveNextAsync(ct))
        {
            var bucketId = SchemaKeys.BucketId(cursor.Key);
            var name = Convert.ToHexString(SchemaKeys.ObjectPart(cursor.Key)[1..]);
            if (!chains.TryGetValue(name, out var chain)) chains.Add(name, chain = new Chain());
            var record = VersionRecord.Parser.ParseFrom(cursor.Value);
            var length = SchemaKeys.ReadObjectKey(cursor.Key, key);
            CheckVersion(bucketId, key.AsSpan(0, length), record, inlined);
            if (record.Has(VersionFlags.Null)) chain.Nulls++;
            if (table == KvTables.CurrentVersions)
            {
                chain.Current = record;
                continue;
            }
            if (SchemaKeys.Sequence(cursor.Key) != record.Sequence) Report($"{name}: a row of v has the sequence of another.");
            chain.NewestOther ??= record;
            if (record.Has(VersionFlags.Null)) chain.NullOther = record.Sequence;
        }
    }

    private void CheckVersion(ulong bucketId, ReadOnlySpan<byte> key, VersionRecord record, HashSet<string> inlined)
    {
        if (!_bucketNames.ContainsKey(bucketId)) Report($"A version's bucket {bucketId:x} is gone.");
        var usage = _usage.GetValueOrDefault(bucketId);
        _usage[bucketId] = record.IsDeleteMarker()
            ? usage with { DeleteMarkers = usage.DeleteMarkers + 1 }
            : usage with { Versions = usage.Versions + 1, Bytes = usage.Bytes + BucketCounters.BytesOf(record) };
        if (record.Annotations is { } annotations) NoteAnnotations(annotations, record, DescribeVersion(bucketId, key, record.Sequence));

        var isLocked = LockRules.LockOf(record).IsSet;
        if (isLocked && !_lockable.Contains(bucketId)) Report($"{DescribeVersion(bucketId, key, record.Sequence)} is locked in a bucket without object lock.");
        if (record.IsDeleteMarker() && (isLocked || record.Headers is not null)) Report($"{DescribeVersion(bucketId, key, record.Sequence)} is a delete marker with a lock or tags.");

        CheckTier(bucketId, key, record);
        var content = ContentId.FromField(record.ContentId);
        if (record.Has(VersionFlags.Inline)) inlined.Add(Convert.ToHexString(SchemaKeys.Inline(bucketId, key, record.Sequence)));
        if (content.IsNone)
        {
            if (record.Length > 0 && !record.Has(VersionFlags.Inline)) Report($"{DescribeVersion(bucketId, key, record.Sequence)} has no bytes.");
            return;
        }
        if (record.Has(VersionFlags.OwnsContent)) HoldAsOwner(content, DescribeVersion(bucketId, key, record.Sequence));
        else HoldByReference(content, SchemaKeys.ReferenceByVersion(content, bucketId, key, record.Sequence));
        if (_contents.TryGetValue(content, out var row) && PlainLength(content, row, record.Encryption is not null) != record.Length) Report($"{DescribeVersion(bucketId, key, record.Sequence)} is {record.Length} bytes long, its content {row.Length}.");
    }

    /// <summary>The client's bytes of a content; what is compressed must have frames that add up to what is stored.</summary>
    private ulong PlainLength(ContentId id, ContentRecord content, bool isSealed)
    {
        // A manifest counts in the client's bytes; what is sealed or compressed lies below it.
        if (content.Kind == ContentKinds.Manifest) return content.Length;
        var unsealed = isSealed ? (ulong)ContentSeal.PlainLength((long)content.Length) : content.Length;
        if (content.Compression is not { } compression) return unsealed;
        if (FrameIndex.StoredLength(compression) != unsealed) Report($"Content {id} is {unsealed} bytes long, its frames are {FrameIndex.StoredLength(compression)}.");
        return compression.Length;
    }

    private void CheckChain(string key, Chain chain)
    {
        if (chain.Nulls > 1) Report($"{key}: {chain.Nulls} null versions.");
        if (chain.Current is { } current)
        {
            var bucketId = BinaryPrimitives.ReadUInt64BigEndian(Convert.FromHexString(key.AsSpan(0, 16)));
            var usage = _usage.GetValueOrDefault(bucketId);
            _usage[bucketId] = usage with { Objects = usage.Objects + 1 };
            if (current.IsDeleteMarker()) Report($"{key}: a delete marker stands in c.");
            if (chain.NewestOther?.Sequence >= current.Sequence) Report($"{key}: a version of v is newer than the current one.");
        }
        else if (chain.NewestOther is { } newest && !newest.IsDeleteMarker())
        {
            Report($"{key}: the newest version is no delete marker and not in c.");
        }
    }

    private async ValueTask CheckNullsAsync(Dictionary<string, Chain> chains, CancellationToken ct)
    {
        var named = new HashSet<string>();
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.NullVersions));
        while (await cursor.MoveNextAsync(ct))
        {
            var key = Convert.ToHexString(cursor.Key[1..]);
            named.Add(key);
            if (!chains.TryGetValue(key, out var chain) || chain.NullOther != BinaryPrimitives.ReadUInt64BigEndian(cursor.Value))
                Report($"{key}: n names a null version that v does not have.");
        }
        foreach (var (key, chain) in chains)
        {
            if (chain.NullOther is not null && !named.Contains(key)) Report($"{key}: v has a null version that n does not name.");
        }
    }

    private async ValueTask CheckInlineAsync(HashSet<string> inlined, CancellationToken ct)
    {
        var found = 0;
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.InlineData));
        while (await cursor.MoveNextAsync(ct))
        {
            if (inlined.Contains(Convert.ToHexString(cursor.Key))) found++;
            else Report("A row of d belongs to no version.");
        }
        if (found != inlined.Count) Report($"{inlined.Count - found} inlined versions have no row in d.");
    }

    private async ValueTask CheckCountersAsync(CancellationToken ct)
    {
        foreach (var (id, name) in _bucketNames)
        {
            var counted = await BucketCounters.ReadAsync(reader, id, ct);
            var actual = _usage.GetValueOrDefault(id);
            // While it is folded, what is missing of parts is missing.
            if (_counting[id] == Counting.Folding) actual = actual with { PartBytes = counted.PartBytes };
            if (_counting[id] == Counting.Whole && await BucketCounters.HasShardsAsync(reader, id, ct)) Report($"Bucket {name}: counters stand in shards beside those that its quota bounds.");
            if (counted != actual) Report($"Bucket {name}: counters say {counted}, a recount {actual}.");
        }
    }
}
