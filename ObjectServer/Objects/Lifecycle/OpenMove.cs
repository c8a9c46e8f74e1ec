using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// A move of a manifest's parts that is under way, one part after the other, over as many visits and starts of the server as it takes. All that is durable
/// of it hangs on its target: a row p for each part that has been moved, and one row of garbage ahead of now, which says what is moved. Each part that
/// comes puts that row off; a move that nobody goes on with falls due, and the collector frees its parts.
/// </summary>
internal sealed class OpenMove
{
    /// <summary>How far ahead the row of garbage is put: what a server that is stopped, or a version that goes, leaves of a move stays for as long.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromDays(3);

    /// <summary>It is put off when less than this is left, so not with every part. One part may take as long.</summary>
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(2);

    private readonly OpenMove? _above;
    private readonly MoveRecord _record;

    private OpenMove(ContentId target, byte[] garbage, MoveRecord record, IReadOnlyDictionary<uint, PartRecord> done, OpenMove? above) =>
        (Target, Garbage, _record, Done, _above) = (target, garbage, record, done, above);

    /// <summary>The manifest to be.</summary>
    public ContentId Target { get; }

    /// <summary>The row that its parts go with if they are not swapped in.</summary>
    public byte[] Garbage { get; private set; }

    /// <summary>Parts that earlier visits have moved, by their numbers.</summary>
    public IReadOnlyDictionary<uint, PartRecord> Done { get; }

    /// <summary>Goes on with the move of these parts of this version, or begins it.</summary>
    /// <param name="above">The move that this one is a part of.</param>
    public static async ValueTask<OpenMove> OpenAsync(ObjectEngine engine, MoveRecord record, OpenMove? above, CancellationToken ct)
    {
        var now = engine.Time.GetUtcNow();
        using (var snapshot = engine.Store.Snapshot())
        {
            if (await FindAsync(snapshot, record, now, ct) is { } garbage)
            {
                var target = SchemaKeys.TrailingContent(garbage);
                return new OpenMove(target, garbage, record, await ReadPartsAsync(snapshot, target, ct), above);
            }
        }
        var begun = new OpenMove(engine.Ids.Next(), [], record, new Dictionary<uint, PartRecord>(), above);
        begun.Garbage = SchemaKeys.Garbage((now + Lease).ToTicks(), begun.Target);
        await CommitAsync(engine, transaction =>
        {
            begun.PutGarbage(transaction, begun.Garbage);
            return ValueTask.CompletedTask;
        }, ct);
        return begun;
    }

    public static MoveRecord RecordOf(ContentId content, ulong bucketId, VersionRecord version, MoveTarget target) => new()
    {
        ContentId = ByteString.CopyFrom(content.ToBytes()), BucketId = bucketId, Nonce = version.Nonce, DataShards = (uint)target.Scheme.DataShards, ParityShards = (uint)target.Scheme.ParityShards,
        Tier = target.Tier?.StorageClass ?? "",
    };

    /// <summary>Commits a part, and puts the rows of garbage off, of this move and those above it.</summary>
    /// <exception cref="KvException">The move was given up meanwhile, or the commit failed.</exception>
    public async ValueTask CommitPartAsync(ObjectEngine engine, uint number, PartRecord part, Func<IKvTransaction, ValueTask> change, CancellationToken ct)
    {
        var row = SchemaKeys.Part(Target, (int)number);
        var renewed = new List<(OpenMove Move, byte[] Garbage)>();
        await CommitAsync(engine, async transaction =>
        {
            renewed.Clear();
            var now = engine.Time.GetUtcNow();
            for (var move = this; move is not null; move = move._above)
            {
                await MovedContent.CheckStandsAsync(transaction, move.Garbage, now.ToTicks(), ct);
                if (SchemaKeys.GarbageTicks(move.Garbage) > (now + Renewal).ToTicks()) continue;
                var garbage = SchemaKeys.Garbage((now + Lease).ToTicks(), move.Target);
                transaction.Delete(move.Garbage);
                move.PutGarbage(transaction, garbage);
                renewed.Add((move, garbage));
            }
            if (await transaction.GetAsync(row, ct) is not null) throw new KvException(KvFault.Unavailable, $"Part {number} of {Target} was moved meanwhile.");
            transaction.PutRecord(row, part);
            await change(transaction);
        }, ct);
        foreach (var (move, garbage) in renewed) move.Garbage = garbage;
    }

    private void PutGarbage(IKvTransaction transaction, byte[] row) => transaction.PutRecord(row, new GarbageRecord { Kind = GarbageKinds.Upload, Move = _record });

    /// <summary>Only moves have garbage ahead of now, so that few rows are read.</summary>
    private static async ValueTask<byte[]?> FindAsync(IKvReader reader, MoveRecord record, DateTimeOffset now, CancellationToken ct)
    {
        using var cursor = reader.Scan(new KeyRange(SchemaKeys.Garbage(now.ToTicks() + 1, default), SchemaKeys.OfTable(KvTables.Garbage).To));
        while (await cursor.MoveNextAsync(ct))
        {
            if (record.Equals(GarbageRecord.Parser.ParseFrom(cursor.Value).Move)) return cursor.Key.ToArray();
        }
        return null;
    }

    private static async ValueTask<Dictionary<uint, PartRecord>> ReadPartsAsync(IKvReader reader, ContentId target, CancellationToken ct)
    {
        var parts = new Dictionary<uint, PartRecord>();
        using var cursor = reader.Scan(SchemaKeys.Parts(target));
        while (await cursor.MoveNextAsync(ct)) parts.Add((uint)SchemaKeys.PartNumber(cursor.Key), PartRecord.Parser.ParseFrom(cursor.Value));
        return parts;
    }

    private static async ValueTask CommitAsync(ObjectEngine engine, Func<IKvTransaction, ValueTask> change, CancellationToken ct)
    {
        var done = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            await change(transaction);
            return new Done();
        }, ct);
        if (!done.IsOk) throw new KvException(done.Fault == ObjectFault.UnknownOutcome ? KvFault.UnknownOutcome : KvFault.Unavailable, $"A move could not be committed: {done.Fault}.");
    }
}
