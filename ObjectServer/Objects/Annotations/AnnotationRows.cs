using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Table a: the annotations of a version, below the set that the version names.</summary>
internal static class AnnotationRows
{
    /// <summary>Of one version: what is said of annotations that were deleted, so that no replica brings them back.</summary>
    public const int MaxGraves = 1000;

    /// <summary>Null if there is none of that name.</summary>
    public static async ValueTask<AnnotationRecord?> GetAsync(IKvReader reader, VersionRecord version, byte[] name, CancellationToken ct) =>
        await GetRowAsync(reader, version, name, ct) is { Deleted: false } record ? record : null;

    /// <summary>Also what is said of one that was deleted.</summary>
    public static async ValueTask<AnnotationRecord?> GetRowAsync(IKvReader reader, VersionRecord version, byte[] name, CancellationToken ct) =>
        version.Annotations is { } set ? await reader.GetRecordAsync(SchemaKeys.Annotation(ContentId.FromField(set.Id), name), AnnotationRecord.Parser, ct) : null;

    /// <summary>Says of an annotation when it was deleted, in its row. Where too many say so, the oldest goes.</summary>
    public static async ValueTask BuryAsync(IKvTransaction transaction, AnnotationSetRecord set, byte[] name, ulong ticks, CancellationToken ct)
    {
        var id = ContentId.FromField(set.Id);
        transaction.PutRecord(SchemaKeys.Annotation(id, name), new AnnotationRecord { Number = ++set.LastNumber, ModifiedTicks = ticks, Deleted = true });
        // Each row takes a number, so that few numbers are few rows.
        if (set.LastNumber <= MaxGraves) return;
        var (count, oldest) = (0, default((byte[] Row, ulong Ticks)?));
        using (var cursor = transaction.Scan(SchemaKeys.Annotations(id)))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                var record = AnnotationRecord.Parser.ParseFrom(cursor.Value);
                if (!record.Deleted) continue;
                count++;
                if (oldest is null || record.ModifiedTicks < oldest.Value.Ticks) oldest = (cursor.Key.ToArray(), record.ModifiedTicks);
            }
        }
        if (count > MaxGraves) transaction.Delete(oldest!.Value.Row);
    }

    /// <summary>What was written, but for its number; the rows of its content are written with that.</summary>
    public static AnnotationRecord Of(WrittenContent content, ChecksumRecord? checksum, ulong modifiedTicks)
    {
        var record = new AnnotationRecord
        {
            Length = (ulong)content.PlainLengthBytes,
            Etag = content.ETag,
            Checksum = checksum,
            ModifiedTicks = modifiedTicks,
            Encryption = content.Encryption,
        };
        if (content.Inline is not { } inline)
        {
            record.ContentId = ByteString.CopyFrom(content.Id.ToBytes());
            return record;
        }
        if (record.Encryption is { } encryption) encryption.InlineSalt = ByteString.CopyFrom(content.Id.ToBytes());
        record.Inlined = ByteString.CopyFrom(inline);
        return record;
    }

    /// <summary>Writes a row, and the rows of a content that is its own.</summary>
    public static void Put(IKvTransaction transaction, ContentId set, byte[] name, AnnotationRecord record, WrittenContent? own, ulong nowTicks)
    {
        transaction.PutRecord(SchemaKeys.Annotation(set, name), record);
        if (own is null || own.Inline is not null) return;
        var owner = new ContentOwner { Upload = ByteString.CopyFrom(set.ToBytes()), PartNumber = record.Number };
        ContentRows.Put(transaction, own, owner, nowTicks);
    }

    public static ValueTask ReleaseAsync(ContentReferences references, ContentId set, AnnotationRecord record, CancellationToken ct) =>
        UploadRows.ReleaseAsync(references, set, (int)record.Number, record.ContentId, record.Reference, ct);

    /// <summary>All of a version, by name; null if they are not those that the version says any more.</summary>
    public static async ValueTask<List<(byte[] Name, AnnotationRecord Record)>?> ReadAllAsync(IKvReader reader, AnnotationSetRecord set, CancellationToken ct)
    {
        var all = new List<(byte[] Name, AnnotationRecord Record)>((int)set.Count);
        var lengthBytes = 0UL;
        using var cursor = reader.Scan(SchemaKeys.Annotations(ContentId.FromField(set.Id)));
        while (await cursor.MoveNextAsync(ct))
        {
            var record = AnnotationRecord.Parser.ParseFrom(cursor.Value);
            if (record.Number > set.LastNumber) return null;
            if (record.Deleted) continue;
            lengthBytes += record.Length;
            all.Add((SchemaKeys.AnnotationName(cursor.Key).ToArray(), record));
        }
        return all.Count == set.Count && lengthBytes == set.Length ? all : null;
    }

    public static AnnotationInfo ToInfo(ReadOnlySpan<byte> name, AnnotationRecord record) => new(
        Encoding.UTF8.GetString(name),
        (long)record.Length,
        ObjectInfos.ETagOf(record.Etag.Span, 0),
        KvRecords.FromTicks(record.ModifiedTicks),
        ObjectInfos.ToChecksum(record.Checksum),
        Keyring.InfoOf(record.Encryption));

    /// <summary>What the bytes are read through: as if they were a version's.</summary>
    public static ObjectHandle Open(ObjectEngine engine, BucketRecord bucket, VersionRecord version, string bucketName, string keyName, AnnotationRecord record, ContentSeal? seal)
    {
        var content = new VersionRecord
        {
            Sequence = version.Sequence,
            Nonce = version.Nonce,
            Length = record.Length,
            Etag = record.Etag,
            Checksum = record.Checksum,
            ModifiedTicks = record.ModifiedTicks,
            ContentId = record.ContentId,
            Encryption = record.Encryption,
        };
        var info = content.ToInfo(bucketName, keyName, (VersioningState)bucket.Versioning, isLatest: false);
        return new ObjectHandle(engine, bucket, content, info, record.Inlined.Memory, seal);
    }
}
