using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Proves on one snapshot that the tables agree: every version's bytes exist and are held by exactly it, every content is
/// held or garbage and never both, and the counters equal a recount. Keeps all ids in memory: for tests and for an
/// operator's check, not for a server under load.
/// </summary>
internal sealed partial class MetadataCheck(IKvReader reader)
{
    private readonly List<string> _problems = [];
    private readonly Dictionary<ContentId, ContentRecord> _contents = [];
    private readonly Dictionary<ContentId, string> _owners = [];
    private readonly HashSet<string> _references = [];
    private readonly HashSet<ContentId> _referenced = [];
    private readonly HashSet<ContentId> _garbage = [];
    private readonly HashSet<ContentId> _garbageContents = [];
    private readonly HashSet<ulong> _deletedBuckets = [];
    private readonly HashSet<BlobId> _blobs = [];

    /// <summary>All blobs that rows speak of, garbage included.</summary>
    public IReadOnlySet<BlobId> Blobs => _blobs;

    /// <summary>One line a contradiction; none when all is sound.</summary>
    public async ValueTask<IReadOnlyList<string>> RunAsync(CancellationToken ct)
    {
        await ReadBucketsAsync(ct);
        await ReadGarbageAsync(ct);
        await ReadContentsAsync(ct);
        await CheckVersionsAsync(ct);
        await CheckAnnotationsAsync(ct);
        await CheckUploadsAsync(ct);
        await CheckManifestsAsync(ct);
        await CheckReferencesAsync(ct);
        CheckContents();
        await CheckCountersAsync(ct);
        await CheckQueuesAsync(ct);
        await CheckServicesAsync(ct);
        await CheckTiersAsync(ct);
        return _problems;
    }

    private async ValueTask ReadGarbageAsync(CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Garbage));
        while (await cursor.MoveNextAsync(ct))
        {
            var record = GarbageRecord.Parser.ParseFrom(cursor.Value);
            if (record.Kind == GarbageKinds.Bucket) _deletedBuckets.Add(record.BucketId);
            else if (record.Kind == GarbageKinds.Content) _garbageContents.Add(SchemaKeys.TrailingContent(cursor.Key));
            if (record.Kind != GarbageKinds.Bucket && !_garbage.Add(SchemaKeys.TrailingContent(cursor.Key))) Report($"Content {SchemaKeys.TrailingContent(cursor.Key)} is garbage twice.");
        }
    }

    private async ValueTask ReadContentsAsync(CancellationToken ct)
    {
        var chunks = new Dictionary<ContentId, int>();
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Contents));
        while (await cursor.MoveNextAsync(ct))
        {
            var id = ContentId.ReadFrom(cursor.Key[1..]);
            var chunk = BinaryPrimitives.ReadUInt32BigEndian(cursor.Key[^4..]);
            var record = ContentRecord.Parser.ParseFrom(cursor.Value);
            if (chunk == 0) _contents.Add(id, record);
            chunks[id] = chunks.GetValueOrDefault(id) + 1;
            foreach (var blob in record.Blobs)
            {
                if (!_blobs.Add(new BlobId(id.Session, id.Number, blob.Ordinal))) Report($"Content {id} names blob {blob.Ordinal} twice.");
            }
        }
        foreach (var (id, count) in chunks)
        {
            if (!_contents.TryGetValue(id, out var record)) Report($"Content {id} lacks its first row.");
            else if (record.ChunkCount != count) Report($"Content {id} has {count} rows, not {record.ChunkCount}.");
        }
    }

    private async ValueTask CheckUploadsAsync(CancellationToken ct)
    {
        var uploads = new Dictionary<ContentId, ulong>();
        using (var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Uploads)))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                var bucket = SchemaKeys.BucketId(cursor.Key);
                uploads.Add(SchemaKeys.TrailingContent(cursor.Key), bucket);
                if (!_bucketNames.ContainsKey(bucket) && !_deletedBuckets.Contains(bucket)) Report("An upload's bucket is gone.");
            }
        }
        using var parts = reader.Scan(SchemaKeys.OfTable(KvTables.Parts));
        while (await parts.MoveNextAsync(ct))
        {
            var upload = ContentId.ReadFrom(parts.Key[1..]);
            var isOpen = uploads.TryGetValue(upload, out var bucketOf);
            if (!isOpen && !_garbage.Contains(upload)) Report($"A part's upload {upload} is gone.");
            var part = PartRecord.Parser.ParseFrom(parts.Value);
            if (isOpen && _counting.GetValueOrDefault(bucketOf) != Counting.Sharded)
            {
                var usage = _usage.GetValueOrDefault(bucketOf);
                _usage[bucketOf] = usage with { PartBytes = usage.PartBytes + (long)part.Length };
            }
            HoldPart(upload, SchemaKeys.PartNumber(parts.Key), part.ContentId, part.SliceOffset, part.Length, part.Reference);
        }
    }

    private async ValueTask CheckManifestsAsync(CancellationToken ct)
    {
        var rows = new Dictionary<ContentId, int>();
        var ends = new Dictionary<ContentId, ulong>();
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Manifests));
        while (await cursor.MoveNextAsync(ct))
        {
            var id = ContentId.ReadFrom(cursor.Key[1..]);
            rows[id] = rows.GetValueOrDefault(id) + 1;
            var end = ends.GetValueOrDefault(id);
            foreach (var part in ManifestChunk.Parser.ParseFrom(cursor.Value).Parts)
            {
                end += part.Length;
                // A garbage manifest is taken down from its front: only a whole one must add up.
                if (part.EndOffset != end && !_garbage.Contains(id)) Report($"Manifest {id}, part {part.PartNumber}: ends at {part.EndOffset}, not {end}.");
                HoldPart(id, (int)part.PartNumber, part.ContentId, part.SliceOffset, part.Length, part.Reference);
            }
            ends[id] = end;
        }
        foreach (var (id, content) in _contents)
        {
            if (content.Kind != ContentKinds.Manifest || _garbage.Contains(id)) continue;
            if (rows.GetValueOrDefault(id) != content.Manifest.Count) Report($"Manifest {id} has {rows.GetValueOrDefault(id)} rows, not {content.Manifest.Count}.");
            if (ends.GetValueOrDefault(id) != content.Length) Report($"Manifest {id} is {ends.GetValueOrDefault(id)} bytes long, not {content.Length}.");
        }
        foreach (var id in rows.Keys)
        {
            if (!_contents.ContainsKey(id)) Report($"Manifest {id} has rows in m and none in x.");
        }
    }

    private void HoldPart(ContentId upload, int number, Google.Protobuf.ByteString contentId, ulong offset, ulong length, ulong reference)
    {
        var content = ContentId.FromField(contentId);
        if (content.IsNone) return;
        var holder = $"part {number} of {upload}";
        if (reference == 0) HoldAsOwner(content, holder);
        else HoldByReference(content, SchemaKeys.ReferenceByPart(content, upload, number, reference));
        if (_contents.TryGetValue(content, out var record) && offset + length > (record.Compression?.Length ?? record.Length)) Report($"The {holder} ends behind its content {content}.");
    }

    private void HoldAsOwner(ContentId content, string holder)
    {
        if (!_owners.TryAdd(content, holder)) Report($"Content {content} is owned by {_owners[content]} and by {holder}.");
    }

    private void HoldByReference(ContentId content, byte[] referenceKey)
    {
        _referenced.Add(content);
        if (!_references.Add(Convert.ToHexString(referenceKey))) Report($"Content {content} is held twice by one reference.");
    }

    private async ValueTask CheckReferencesAsync(CancellationToken ct)
    {
        var found = new HashSet<string>();
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.ContentReferences));
        while (await cursor.MoveNextAsync(ct))
        {
            var key = Convert.ToHexString(cursor.Key);
            found.Add(key);
            if (!_references.Contains(key)) Report($"Content {ContentId.ReadFrom(cursor.Key[1..])} has a reference that nothing stands behind.");
        }
        foreach (var key in _references)
        {
            if (!found.Contains(key)) Report($"A reference is missing: {key}.");
        }
    }

    private void CheckContents()
    {
        foreach (var (id, record) in _contents)
        {
            var isOwned = _owners.ContainsKey(id);
            var isHeld = isOwned || _referenced.Contains(id);
            var isGarbage = _garbage.Contains(id);
            if (isHeld && isGarbage) Report($"Content {id} is held and garbage.");
            if (!isHeld && !isGarbage) Report($"Content {id} is neither held nor garbage.");
            if (isOwned && record.Owner is null) Report($"Content {id} is owned by {_owners[id]} and its row names no owner.");
            if (!isOwned && !isGarbage && record.Owner is not null) Report($"Content {id} names an owner that is gone.");
            if (isOwned && record.Owner is { } owner && Describe(owner) != _owners[id]) Report($"Content {id} names {Describe(owner)} as owner, not {_owners[id]}.");
        }
        foreach (var id in _owners.Keys.Concat(_referenced).Concat(_garbageContents))
        {
            if (!_contents.ContainsKey(id)) Report($"Content {id} is held or garbage and has no row.");
        }
    }

    private static string Describe(ContentOwner owner) => owner.Upload.IsEmpty
        ? DescribeVersion(owner.BucketId, owner.Key.Span, owner.Sequence)
        : $"part {owner.PartNumber} of {ContentId.FromField(owner.Upload)}";

    private static string DescribeVersion(ulong bucketId, ReadOnlySpan<byte> key, ulong sequence) => $"version {bucketId:x}/{Convert.ToHexString(key)}/{sequence}";

    private void Report(string problem) => _problems.Add(problem);
}
