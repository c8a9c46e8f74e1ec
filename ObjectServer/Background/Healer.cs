using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <param name="Healed">Rows that are gone because their shard verifies.</param>
/// <param name="Obsolete">Rows that are gone because their blob is.</param>
/// <param name="Left">Rows that stay.</param>
internal readonly record struct HealingResult(int Healed, int Obsolete, int Left);

/// <summary>Works through the redundancy ledger (table h). A row goes when its shard verifies, or its blob is no more; so an empty table is the proof that all is healed.</summary>
internal sealed class Healer(ObjectEngine engine, IShardRepairer repairer)
{
    public const int SliceRows = 200;

    public bool IsUsable(DriveId drive) => repairer.IsUsable(drive);

    /// <summary>One pass over the whole ledger.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask<HealingResult> HealAsync(CancellationToken ct)
    {
        var result = default(HealingResult);
        var range = SchemaKeys.OfTable(KvTables.LostShards);
        while (true)
        {
            var (slice, next) = await HealSliceAsync(range, ct);
            result = new HealingResult(result.Healed + slice.Healed, result.Obsolete + slice.Obsolete, result.Left + slice.Left);
            if (next is null) return result;
            range = range with { From = next };
        }
    }

    /// <summary>The first rows of a range, <see cref="SliceRows"/> at most, and where to go on; null at the end.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask<(HealingResult Result, byte[]? Next)> HealSliceAsync(KeyRange range, CancellationToken ct)
    {
        var result = default(HealingResult);
        var rows = await ReadAsync(range, ct);
        foreach (var (key, value) in rows)
        {
            result = await HealOneAsync(key, value, ct) switch
            {
                Step.Healed => result with { Healed = result.Healed + 1 },
                Step.Obsolete => result with { Obsolete = result.Obsolete + 1 },
                _ => result with { Left = result.Left + 1 },
            };
        }
        return (result, rows.Count < SliceRows ? null : [.. rows[^1].Key, 0]);
    }

    /// <summary>One row. False if it stays.</summary>
    /// <exception cref="KvException">The metadata did not answer: try again later.</exception>
    public async ValueTask<bool> HealRowAsync(byte[] key, CancellationToken ct)
    {
        byte[] value;
        using (var snapshot = engine.Store.Snapshot())
        {
            if (await snapshot.GetAsync(key, ct) is not { } row) return true;
            value = row.ToArray();
        }
        return await HealOneAsync(key, value, ct) != Step.Left;
    }

    private enum Step { Healed, Obsolete, Left }

    private async ValueTask<List<(byte[] Key, byte[] Value)>> ReadAsync(KeyRange range, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var batch = new List<(byte[], byte[])>();
        using var cursor = snapshot.Scan(range);
        while (batch.Count < SliceRows && await cursor.MoveNextAsync(ct)) batch.Add((cursor.Key.ToArray(), cursor.Value.ToArray()));
        return batch;
    }

    private async ValueTask<Step> HealOneAsync(byte[] key, byte[] value, CancellationToken ct)
    {
        var (drive, blobId) = SchemaKeys.LostShard(key);
        var content = new ContentId(blobId.Session, blobId.Content);
        // Pinned, so that the collector does not delete what is being rebuilt.
        engine.Pins.Pin(content);
        try
        {
            var found = await FindAsync(content, blobId, ct);
            if (found is not var (blob, owner)) return await RemoveAsync(key, value, ct) ? Step.Obsolete : Step.Left;
            var shard = (int)LostShardRecord.Parser.ParseFrom(value).Shard;
            if (!repairer.IsUsable(drive)) return Step.Left;
            var outcome = await repairer.HealAsync(blob, shard, TagOf(owner), ct);
            return outcome == RepairOutcome.Healed && await RemoveAsync(key, value, ct) ? Step.Healed : Step.Left;
        }
        finally
        {
            engine.Pins.Unpin(content);
        }
    }

    private async ValueTask<(BlobLayout Blob, ContentOwner? Owner)?> FindAsync(ContentId content, BlobId blobId, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await snapshot.GetRecordAsync(SchemaKeys.Content(content), ContentRecord.Parser, ct);
        if (record is null || record.Kind != ContentKinds.Blobs) return null;
        var blob = (await ContentRows.GetBlobsAsync(snapshot, content, record, ct)).Find(candidate => candidate.Id == blobId);
        return blob is null ? null : (blob, record.Owner);
    }

    private byte[] TagOf(ContentOwner? owner) => owner is null
        ? []
        : new SalvageTag
        {
            BucketId = owner.BucketId,
            Key = owner.Key,
            Upload = owner.Upload,
            PartNumber = owner.PartNumber,
            WrittenTicks = engine.NowTicks(),
        }.ToByteArray();

    /// <summary>Only the row as it was read: a newer finding about the same shard stays.</summary>
    private async ValueTask<bool> RemoveAsync(byte[] key, byte[] value, CancellationToken ct)
    {
        var removed = await engine.Transactions.RunAsync<bool>(async transaction =>
        {
            var now = await transaction.GetAsync(key, ct);
            if (now is null || !now.Value.Span.SequenceEqual(value)) return false;
            transaction.Delete(key);
            return true;
        }, ct);
        return removed.IsOk && removed.Value;
    }
}
