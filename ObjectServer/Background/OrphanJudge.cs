using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

internal enum ShardClaim
{
    /// <summary>A row names it, or it may belong to a transaction that is under way: it stays.</summary>
    Held,

    /// <summary>Nothing speaks of it, and nothing ever will.</summary>
    Orphan,

    /// <summary>Its blob's row names another drive for it.</summary>
    Stale,

    /// <summary>Its content has a row that does not explain it. It stays: a case for a person.</summary>
    Unexplained,

    /// <summary>It is of a session that the metadata has not begun: the metadata is an old copy.</summary>
    Future,
}

/// <param name="Blob">The layout that its row describes, for a stale copy.</param>
internal readonly record struct Judgement(ShardInfo Shard, ShardClaim Claim, BlobLayout? Blob = null);

/// <summary>
/// Says of shards that a drive holds whether metadata speaks of them. Only the metadata's word counts for absence, and
/// only when no transaction that could still bring the row is under way.
/// </summary>
/// <remarks>
/// One server writes to a store. Where several do, a session has ended only when its server is known to be gone.
/// </remarks>
internal sealed class OrphanJudge(ObjectEngine engine)
{
    /// <summary>Shards of the store's own, which no row of table x describes, are written under this session.</summary>
    public const uint SystemSession = 0;

    /// <param name="shards">In the order of their blobs.</param>
    /// <exception cref="KvException">The metadata did not answer, or contradicts itself.</exception>
    public async ValueTask<List<Judgement>> JudgeAsync(DriveId drive, IReadOnlyList<ShardInfo> shards, CancellationToken ct)
    {
        // The order carries the proof: a content that is no longer in flight here had its transaction end before the
        // snapshot below is taken, which therefore shows its rows if it has any.
        var isHeld = shards.Select(IsHeld).ToArray();
        var judgements = new List<Judgement>(shards.Count);
        using var snapshot = engine.Store.Snapshot();
        var last = default(ContentId);
        Rows? rows = null;
        for (var i = 0; i < shards.Count; i++)
        {
            var shard = shards[i];
            var content = ContentOf(shard.Blob);
            if (isHeld[i] || shard.Blob.Session > engine.Ids.Session)
            {
                judgements.Add(new Judgement(shard, isHeld[i] ? ShardClaim.Held : ShardClaim.Future));
                continue;
            }
            if (rows is null || content != last) rows = await LoadAsync(snapshot, content, ct);
            last = content;
            judgements.Add(Judge(drive, shard, rows));
        }
        return judgements;
    }

    /// <summary>Whether it must stay whatever the rows say. Asked once more before a delete.</summary>
    public bool IsHeld(ShardInfo shard)
    {
        var content = ContentOf(shard.Blob);
        return content.Session == SystemSession || engine.Ids.IsInFlight(content) || engine.Pins.IsPinned(content);
    }

    private static ContentId ContentOf(BlobId blob) => new(blob.Session, blob.Content);

    private sealed record Rows(bool Exist, List<BlobLayout> Blobs);

    private static async ValueTask<Rows> LoadAsync(IKvReader snapshot, ContentId content, CancellationToken ct)
    {
        var record = await snapshot.GetRecordAsync(SchemaKeys.Content(content), ContentRecord.Parser, ct);
        if (record is null) return new Rows(false, []);
        return new Rows(true, record.Kind == ContentKinds.Blobs ? await ContentRows.GetBlobsAsync(snapshot, content, record, ct) : []);
    }

    private static Judgement Judge(DriveId drive, ShardInfo shard, Rows rows)
    {
        if (!rows.Exist) return new Judgement(shard, ShardClaim.Orphan);
        var blob = rows.Blobs.Find(candidate => candidate.Id == shard.Blob);
        if (blob is null || shard.Shard >= blob.Drives.Length) return new Judgement(shard, ShardClaim.Unexplained);
        return blob.Drives[shard.Shard] == drive ? new Judgement(shard, ShardClaim.Held) : new Judgement(shard, ShardClaim.Stale, blob);
    }
}
