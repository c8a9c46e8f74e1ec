using System.Globalization;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// What an upload is called: the id of the content that it becomes, and a nonce that cannot be guessed from another
/// upload's id by counting. 40 hex digits, opaque to clients.
/// </summary>
internal readonly record struct UploadId(ContentId Content, ulong Nonce)
{
    private const int ContentDigits = 2 * ContentId.SizeBytes;

    public static bool TryParse(string text, out UploadId id)
    {
        id = default;
        if (text.Length != ContentDigits + 16) return false;
        Span<byte> bytes = stackalloc byte[ContentId.SizeBytes];
        if (Convert.FromHexString(text.AsSpan(0, ContentDigits), bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        if (!ulong.TryParse(text.AsSpan(ContentDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var nonce)) return false;
        id = new UploadId(ContentId.ReadFrom(bytes), nonce);
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[ContentId.SizeBytes];
        Content.WriteTo(bytes);
        return Convert.ToHexStringLower(bytes) + Nonce.ToString("x16", CultureInfo.InvariantCulture);
    }
}

/// <summary>Tables u and p.</summary>
internal static class UploadRows
{
    public sealed record Upload(BucketRecord Bucket, byte[] Key, UploadId Id, UploadRecord Record)
    {
        public ChecksumAlgorithm ChecksumAlgorithm => (ChecksumAlgorithm)Record.ChecksumAlgorithm;

        public ChecksumType ChecksumType => (ChecksumType)Record.ChecksumType;

        public Scheme? Scheme => Record.SchemeDataShards == 0 ? null : new Scheme((int)Record.SchemeDataShards, (int)Record.SchemeParityShards);
    }

    public static async ValueTask<Result<Upload>> FindAsync(IKvReader reader, string bucketName, string keyName, string uploadId, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(keyName, out var key)) return ObjectFault.InvalidKey;
        var bucket = await ObjectEngine.GetBucketAsync(reader, bucketName, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        if (!UploadId.TryParse(uploadId, out var id)) return ObjectFault.NoSuchUpload;
        var record = await reader.GetRecordAsync(SchemaKeys.Upload(bucket.Id, key, id.Content), UploadRecord.Parser, ct);
        return record is null || record.Nonce != id.Nonce ? ObjectFault.NoSuchUpload : new Upload(bucket, key, id, record);
    }

    public static UploadInfo ToInfo(string bucket, string key, UploadId id, UploadRecord record) => new(
        bucket,
        key,
        id.ToString(),
        KvRecords.FromTicks(record.InitiatedTicks),
        ObjectInfos.NullIfEmpty(record.OwnerId),
        ObjectInfos.NullIfEmpty(record.StorageClass),
        (ChecksumAlgorithm)record.ChecksumAlgorithm,
        (ChecksumType)record.ChecksumType,
        ObjectInfos.ToHeaders(record.Headers))
    {
        InitiatorId = ObjectInfos.NullIfEmpty(record.InitiatorId),
        Encryption = Keyring.InfoOf(record.Encryption),
    };

    /// <summary>Bytes of all parts that were uploaded.</summary>
    public static async ValueTask<long> SumPartsAsync(IKvReader reader, ContentId upload, CancellationToken ct)
    {
        var sum = 0L;
        using var cursor = reader.Scan(SchemaKeys.Parts(upload));
        while (await cursor.MoveNextAsync(ct)) sum += (long)PartRecord.Parser.ParseFrom(cursor.Value).Length;
        return sum;
    }

    /// <summary>Ends an upload. Its parts go with it, in pieces, when the collector comes to it.</summary>
    public static async ValueTask GiveUpAsync(IKvTransaction transaction, BucketRecord bucket, byte[] key, ContentId upload, ulong nowTicks, CancellationToken ct)
    {
        transaction.Delete(SchemaKeys.Upload(bucket.Id, key, upload));
        if (bucket.Counting != (uint)Counting.Sharded)
        {
            var counters = new BucketCounters();
            counters.CountParts(-await SumPartsAsync(transaction, upload, ct));
            counters.Write(transaction, bucket, shardBy: 0);
        }
        new ContentReferences(transaction, nowTicks).GiveUp(upload);
    }

    /// <summary>The upload goes, and with it the row that would have it given up.</summary>
    public static async ValueTask ForgetDueAsync(LifecycleRuleCache lifecycle, IKvTransaction transaction, Upload upload, CancellationToken ct)
    {
        if (await lifecycle.GetAsync(transaction, upload.Bucket, ct) is not { } rules || rules.AbortOf(upload.Key, upload.Record.InitiatedTicks) is not { } abort) return;
        transaction.Delete(SchemaKeys.DueUpload(abort.DueTicks, upload.Bucket.Id, upload.Key, upload.Id.Content));
    }

    /// <summary>A part that nothing lists any more: what it held loses a reference.</summary>
    public static async ValueTask ReleaseAsync(ContentReferences references, ContentId upload, int partNumber, Google.Protobuf.ByteString contentId, ulong reference, CancellationToken ct)
    {
        var content = ContentId.FromField(contentId);
        if (content.IsNone) return;
        if (reference == 0) await references.ReleaseOwnerAsync(content, ct);
        else await references.ReleaseReferenceAsync(content, SchemaKeys.ReferenceByPart(content, upload, partNumber, reference), ct);
    }
}
