using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <param name="Freed">Garbage rows that are gone.</param>
/// <param name="Blobs">Blobs that were deleted on every drive.</param>
/// <param name="Waiting">Rows left because a drive did not answer or a reader holds the content.</param>
internal readonly record struct CollectionResult(int Freed, int Blobs, int Waiting);

/// <summary>
/// Frees what the transactions of writers and deleters have unlinked: after a grace window, never under a reader's pin.
/// First the shards on the drives, then the rows: a crash between the two repeats the first, which is harmless. One at a time.
/// </summary>
internal sealed class GarbageCollector(ObjectEngine engine, IStoreRoster? roster = null)
{
    /// <summary>Parts or uploads that one transaction releases.</summary>
    private const int ReleaseBatch = 200;

    /// <summary>Rows that wait are counted up to this.</summary>
    private const int MaxCount = 10_000;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(30);

    /// <summary>What waits for a drive or a reader is tried again after this, and ever more rarely while it still waits.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromHours(1);

    private HashSet<DriveId> _serving = [];
    private ulong _triedTicks;
    private DateTimeOffset _retryAt;
    private TimeSpan _retryDelay = FirstRetry;

    /// <summary>When the garbage that was due was last gone through.</summary>
    public DateTimeOffset? LastPass { get; private set; }

    /// <summary>Garbage rows freed since the start.</summary>
    public long Freed { get; private set; }

    /// <summary>Collects until cancelled. A fault ends the run; who began it reports that and begins again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Tick, engine.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct)) await TickAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop: what is left waits for the next start.
            return;
        }
    }

    /// <summary>
    /// Frees what has become due since the last tick. Rows that were tried and wait are gone through again when the drives
    /// that serve are others than before, and at growing intervals: a drive that is away for a week must not cost a pass
    /// over all that waits for it with every tick.
    /// </summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask TickAsync(CancellationToken ct)
    {
        var now = engine.Time.GetUtcNow();
        var until = (now - engine.Options.GarbageGrace).ToTicks();
        HashSet<DriveId> serving = roster is null ? [] : [.. roster.Serving.Select(drive => drive.Id)];
        var hasChanged = !serving.SetEquals(_serving);
        var isFull = hasChanged || now >= _retryAt;
        var result = await CollectAsync(isFull ? [KvTables.Garbage] : SchemaKeys.Garbage(_triedTicks, default), until, ct);
        Freed += result.Freed;
        LastPass = now;
        _triedTicks = until + 1;
        _serving = serving;
        if (!isFull) return;
        _retryDelay = hasChanged || result.Waiting == 0 ? FirstRetry : TimeSpan.FromTicks(Math.Min(_retryDelay.Ticks * 2, LongestRetry.Ticks));
        _retryAt = now + _retryDelay;
    }

    /// <summary>One pass over all garbage that is due.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public ValueTask<CollectionResult> CollectAsync(CancellationToken ct) =>
        CollectAsync([KvTables.Garbage], (engine.Time.GetUtcNow() - engine.Options.GarbageGrace).ToTicks(), ct);

    private async ValueTask<CollectionResult> CollectAsync(byte[] from, ulong until, CancellationToken ct)
    {
        await FreeDiscardedAsync(ct);
        var result = default(CollectionResult);
        // What a pass frees may make more garbage that is due (the parts of a manifest), at keys behind it or before: go round until a round frees nothing.
        while (await CollectRoundAsync(from, until, ct) is { Freed: > 0 } round)
            result = new CollectionResult(result.Freed + round.Freed, result.Blobs + round.Blobs, 0);
        return result with { Waiting = await CountDueAsync(from, until, ct) };
    }

    private async ValueTask<CollectionResult> CollectRoundAsync(byte[] from, ulong until, CancellationToken ct)
    {
        var freed = 0;
        var blobs = 0;
        while (true)
        {
            var batch = await ReadDueAsync(from, until, ct);
            foreach (var (key, record) in batch)
            {
                var deleted = record.Kind == GarbageKinds.Bucket ? await FreeBucketAsync(key, record.BucketId, ct) : await FreeContentAsync(key, record.Kind, ct);
                if (deleted is null) continue;
                freed++;
                blobs += deleted.Value;
            }
            if (batch.Count < ReleaseBatch) return new CollectionResult(freed, blobs, 0);
            from = [.. batch[^1].Key, 0];
        }
    }

    private async ValueTask<List<(byte[] Key, GarbageRecord Record)>> ReadDueAsync(byte[] from, ulong until, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var batch = new List<(byte[], GarbageRecord)>();
        using var cursor = snapshot.Scan(new KeyRange(from, SchemaKeys.OfTable(KvTables.Garbage).To));
        while (batch.Count < ReleaseBatch && await cursor.MoveNextAsync(ct) && SchemaKeys.GarbageTicks(cursor.Key) <= until)
            batch.Add((cursor.Key.ToArray(), GarbageRecord.Parser.ParseFrom(cursor.Value)));
        return batch;
    }

    /// <summary>At most <see cref="MaxCount"/>.</summary>
    private async ValueTask<int> CountDueAsync(byte[] from, ulong until, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var count = 0;
        using var cursor = snapshot.Scan(new KeyRange(from, SchemaKeys.OfTable(KvTables.Garbage).To));
        while (count < MaxCount && await cursor.MoveNextAsync(ct) && SchemaKeys.GarbageTicks(cursor.Key) <= until) count++;
        return count;
    }

    /// <summary>Blobs deleted; null when the content has to wait.</summary>
    private async ValueTask<int?> FreeContentAsync(byte[] key, uint kind, CancellationToken ct)
    {
        var id = SchemaKeys.TrailingContent(key);
        if (engine.Pins.IsPinned(id)) return null;
        var blobs = await LoadBlobsAsync(id, ct);
        foreach (var blob in blobs)
        {
            // A drive that did not answer keeps the row: its shards are deleted when it is back.
            if ((await engine.Blobs.DeleteAsync(blob, ct)).Count > 0) return null;
        }
        if (kind == GarbageKinds.Annotations) await ReleaseAnnotationsAsync(key, id, ct);
        else await ReleasePartsAsync(key, id, ct);
        var dropped = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            if (await transaction.GetAsync(key, ct) is null) return new Done();
            transaction.Delete(key);
            // Row by row: a range delete for each content would burden every look-up in the table until it is compacted away.
            var content = await transaction.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct);
            // What lies in another store is deleted there by who serves that tier, however long that takes.
            if (content is { Kind: ContentKinds.Remote }) transaction.PutRecord(TierKeys.GarbageOf(content.Remote.Tier, id), content.Remote);
            for (var chunk = 0u; chunk < content?.ChunkCount; chunk++) transaction.Delete(SchemaKeys.Content(id, chunk));
            return new Done();
        }, ct);
        return dropped.IsOk ? blobs.Count : null;
    }

    /// <summary>Blobs of a content; none for a manifest, and for an upload that never became one.</summary>
    private async ValueTask<List<BlobLayout>> LoadBlobsAsync(ContentId id, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await snapshot.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct);
        return record is null || record.Kind != ContentKinds.Blobs ? [] : await ContentRows.GetBlobsAsync(snapshot, id, record, ct);
    }

    /// <summary>
    /// What a manifest, or an upload that was given up, held loses that reference, some at a time. It becomes garbage as
    /// of the same moment, so that it is due at once.
    /// </summary>
    private async ValueTask ReleasePartsAsync(byte[] key, ContentId id, CancellationToken ct)
    {
        var ticks = SchemaKeys.GarbageTicks(key);
        while (await ReleaseSomeAsync(SchemaKeys.Parts(id), ticks, id, ReadPart, ReleaseBatch, ct))
        {
        }
        while (await ReleaseSomeAsync(SchemaKeys.Manifests(id), ticks, id, ReadManifest, 1, ct))
        {
        }
    }

    private async ValueTask ReleaseAnnotationsAsync(byte[] key, ContentId set, CancellationToken ct)
    {
        while (await ReleaseSomeAsync(SchemaKeys.Annotations(set), SchemaKeys.GarbageTicks(key), set, ReadAnnotation, ReleaseBatch, ct))
        {
        }
    }

    private async ValueTask<bool> ReleaseSomeAsync(
        KeyRange range, ulong ticks, ContentId id, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, IEnumerable<ManifestPart>> read, int maxRows, CancellationToken ct)
    {
        var done = await engine.Transactions.RunAsync<bool>(async transaction =>
        {
            var references = new ContentReferences(transaction, ticks);
            var rows = new List<(byte[] Key, byte[] Value)>();
            using (var cursor = transaction.Scan(range))
            {
                while (rows.Count < maxRows && await cursor.MoveNextAsync(ct)) rows.Add((cursor.Key.ToArray(), cursor.Value.ToArray()));
            }
            foreach (var (key, value) in rows)
            {
                transaction.Delete(key);
                foreach (var part in read(key, value))
                    await UploadRows.ReleaseAsync(references, id, (int)part.PartNumber, part.ContentId, part.Reference, ct);
            }
            return rows.Count > 0;
        }, ct);
        return done.IsOk ? done.Value : throw new KvException(KvFault.Unavailable, $"Garbage could not be released: {done.Fault}.");
    }

    private static IEnumerable<ManifestPart> ReadPart(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        var part = PartRecord.Parser.ParseFrom(value.Span);
        return [new ManifestPart { PartNumber = (uint)SchemaKeys.PartNumber(key.Span), ContentId = part.ContentId, Reference = part.Reference }];
    }

    private static IEnumerable<ManifestPart> ReadAnnotation(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
    {
        var annotation = AnnotationRecord.Parser.ParseFrom(value.Span);
        return [new ManifestPart { PartNumber = annotation.Number, ContentId = annotation.ContentId, Reference = annotation.Reference }];
    }

    private static IEnumerable<ManifestPart> ReadManifest(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) =>
        ManifestChunk.Parser.ParseFrom(value.Span).Parts;

    /// <summary>What a deleted bucket left: uploads become garbage of their own, counters and documents go.</summary>
    private async ValueTask<int?> FreeBucketAsync(byte[] key, ulong bucketId, CancellationToken ct)
    {
        var ticks = SchemaKeys.GarbageTicks(key);
        while (true)
        {
            var left = await engine.Transactions.RunAsync<bool>(async transaction =>
            {
                var uploads = await ReadUploadsAsync(transaction, bucketId, ct);
                foreach (var upload in uploads)
                {
                    transaction.Delete(upload);
                    new ContentReferences(transaction, ticks).GiveUp(SchemaKeys.TrailingContent(upload));
                }
                if (uploads.Count > 0) return true;
                transaction.DeleteRange(SchemaKeys.OfBucket(KvTables.Counters, bucketId));
                transaction.DeleteRange(SchemaKeys.OfBucket(KvTables.BucketConfigurations, bucketId));
                transaction.Delete(key);
                return false;
            }, ct);
            if (!left.IsOk) return null;
            if (!left.Value) return 0;
        }
    }

    private static async ValueTask<List<byte[]>> ReadUploadsAsync(IKvReader reader, ulong bucketId, CancellationToken ct)
    {
        var uploads = new List<byte[]>();
        using var cursor = reader.Scan(SchemaKeys.OfBucket(KvTables.Uploads, bucketId));
        while (uploads.Count < ReleaseBatch && await cursor.MoveNextAsync(ct)) uploads.Add(cursor.Key.ToArray());
        return uploads;
    }

    /// <summary>No row ever spoke of these. What a drive does not answer for is found later as an orphan.</summary>
    private async ValueTask FreeDiscardedAsync(CancellationToken ct)
    {
        while (engine.Discarded.TryTake(out var blob)) await engine.Blobs.DeleteAsync(blob!, ct);
    }
}
