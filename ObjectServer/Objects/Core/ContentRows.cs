using System.Collections.Immutable;
using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;

namespace ObjectStore.Server.Objects;

/// <summary>Contents in and out of table x: where the blobs of an object or part lie.</summary>
internal static class ContentRows
{
    /// <summary>Aim for one row; far below the limit of a value. Contents of many blobs take several rows.</summary>
    private const int TargetRowBytes = 48 * 1024;

    /// <summary>The id that a content's key is derived from: sealed bytes may have been moved as they are.</summary>
    public static ContentId SealedAs(ContentId id, ContentRecord record) => record.SealedAs.IsEmpty ? id : ContentId.FromField(record.SealedAs);

    /// <summary>Writes a content's rows, and the ledger's for shards that are not there.</summary>
    public static void Put(IKvTransaction transaction, WrittenContent content, ContentOwner owner, ulong nowTicks)
    {
        var (id, blobs) = (content.Id, content.Blobs);
        var chunks = Cut(blobs);
        for (var i = 0; i < chunks.Count; i++)
        {
            var record = new ContentRecord { Kind = ContentKinds.Blobs };
            if (i == 0)
            {
                record.Length = (ulong)content.LengthBytes;
                record.Owner = owner;
                record.ChunkCount = (uint)chunks.Count;
                record.Compression = content.Form.Compression;
                if (content.Form.SealedAs is { IsNone: false } sealedAs && sealedAs != id) record.SealedAs = ByteString.CopyFrom(sealedAs.ToBytes());
                NoteWish(record, blobs, content.Scheme);
            }
            foreach (var blob in chunks[i]) AddBlob(record, blob);
            transaction.PutRecord(SchemaKeys.Content(id, (uint)i), record);
        }
        foreach (var blob in blobs) PutMissing(transaction, blob, nowTicks);
    }

    /// <summary>All blobs of a content that is no manifest, in order.</summary>
    public static async ValueTask<List<BlobLayout>> GetBlobsAsync(IKvReader reader, ContentId id, ContentRecord first, CancellationToken ct)
    {
        var blobs = new List<BlobLayout>();
        ReadBlobs(id, first, blobs);
        for (var chunk = 1u; chunk < first.ChunkCount; chunk++)
        {
            var record = await reader.GetRecordAsync(SchemaKeys.Content(id, chunk), ContentRecord.Parser, ct)
                ?? throw new KvException(KvFault.Corrupt, $"Content {id} lacks row {chunk}.");
            ReadBlobs(id, record, blobs);
        }
        return blobs;
    }

    public static void PutLost(IKvTransaction transaction, BlobLayout blob, int shard, ShardDefect defect, ulong nowTicks) =>
        transaction.PutRecord(SchemaKeys.LostShard(blob.Drives[shard], blob.Id), new LostShardRecord
        {
            Shard = (uint)shard,
            Defect = (uint)defect,
            NoticedTicks = nowTicks,
        });

    private static void PutMissing(IKvTransaction transaction, BlobLayout blob, ulong nowTicks)
    {
        foreach (var shard in blob.Missing) PutLost(transaction, blob, shard, ShardDefect.Absent, nowTicks);
    }

    private static void NoteWish(ContentRecord record, IReadOnlyList<BlobLayout> blobs, Scheme wish)
    {
        foreach (var blob in blobs)
        {
            if (blob.Scheme == wish) continue;
            record.WishDataShards = (uint)wish.DataShards;
            record.WishParityShards = (uint)wish.ParityShards;
            return;
        }
    }

    private static List<List<BlobLayout>> Cut(IReadOnlyList<BlobLayout> blobs)
    {
        var chunks = new List<List<BlobLayout>> { new() };
        var bytes = 0;
        foreach (var blob in blobs)
        {
            // A root and at worst a drive id of its own for each shard.
            var cost = 32 + blob.Scheme.TotalShards * (8 + 2 + (chunks[^1].Count == 0 ? 18 : 2));
            if (bytes + cost > TargetRowBytes && chunks[^1].Count > 0)
            {
                chunks.Add([]);
                bytes = 0;
            }
            chunks[^1].Add(blob);
            bytes += cost;
        }
        return chunks;
    }

    private static void AddBlob(ContentRecord record, BlobLayout blob)
    {
        var row = new BlobRecord
        {
            Length = (ulong)blob.LengthBytes,
            DataShards = (uint)blob.Scheme.DataShards,
            ParityShards = (uint)blob.Scheme.ParityShards,
            Ordinal = blob.Id.Ordinal,
        };
        foreach (var drive in blob.Drives) row.Drives.Add(IndexOf(record, drive));
        row.Roots.AddRange(blob.Roots);
        record.Blobs.Add(row);
    }

    private static uint IndexOf(ContentRecord record, DriveId drive)
    {
        Span<byte> bytes = stackalloc byte[DriveId.SizeBytes];
        drive.WriteTo(bytes);
        for (var i = 0; i < record.Drives.Count; i++)
        {
            if (record.Drives[i].Span.SequenceEqual(bytes)) return (uint)i;
        }
        record.Drives.Add(ByteString.CopyFrom(bytes));
        return (uint)(record.Drives.Count - 1);
    }

    private static void ReadBlobs(ContentId id, ContentRecord record, List<BlobLayout> blobs)
    {
        var drives = new DriveId[record.Drives.Count];
        for (var i = 0; i < drives.Length; i++) drives[i] = DriveId.ReadFrom(record.Drives[i].Span);
        foreach (var row in record.Blobs)
        {
            var shardDrives = ImmutableArray.CreateBuilder<DriveId>(row.Drives.Count);
            foreach (var index in row.Drives) shardDrives.Add(drives[index]);
            blobs.Add(new BlobLayout(
                new BlobId(id.Session, id.Number, row.Ordinal),
                new Scheme((int)row.DataShards, (int)row.ParityShards),
                (long)row.Length,
                shardDrives.MoveToImmutable(),
                [.. row.Roots],
                []));
        }
    }
}
