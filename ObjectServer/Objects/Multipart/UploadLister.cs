using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Lists uploads in progress, and the parts of one.</summary>
internal sealed class UploadLister(ObjectEngine engine)
{
    public async ValueTask<Result<UploadInfo>> GetAsync(string bucket, string key, string uploadId, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await UploadRows.FindAsync(snapshot, bucket, key, uploadId, ct);
        return found.IsOk ? UploadRows.ToInfo(bucket, key, found.Value.Id, found.Value.Record) : found.Failure;
    }

    public async ValueTask<Result<UploadPartPage>> ListPartsAsync(ListPartsRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await UploadRows.FindAsync(snapshot, request.Bucket, request.Key, request.UploadId, ct);
        if (!found.IsOk) return found.Failure;
        var upload = UploadRows.ToInfo(request.Bucket, request.Key, found.Value.Id, found.Value.Record);
        if (await engine.Lifecycle.GetAsync(snapshot, found.Value.Bucket, ct) is { } rules)
            upload = upload with { Abort = rules.AbortDateOf(found.Value.Key, found.Value.Record.InitiatedTicks) };
        var max = Math.Clamp(request.MaxParts, 0, ObjectLister.MaxKeysPerPage);
        var range = SchemaKeys.Parts(found.Value.Id.Content) with { From = SchemaKeys.Part(found.Value.Id.Content, Math.Max(0, request.PartNumberMarker) + 1) };
        var parts = new List<PartInfo>();
        using var cursor = snapshot.Scan(range);
        while (max > 0 && await cursor.MoveNextAsync(ct))
        {
            if (parts.Count == max) return new UploadPartPage(upload, parts, parts[^1].PartNumber);
            var record = PartRecord.Parser.ParseFrom(cursor.Value);
            parts.Add(new PartInfo(
                SchemaKeys.PartNumber(cursor.Key), 0, (long)record.Length, ObjectInfos.ETagOf(record.Etag.Span, 0),
                ObjectInfos.ToChecksum(record.Checksum), KvRecords.FromTicks(record.ModifiedTicks)));
        }
        return new UploadPartPage(upload, parts, null);
    }

    public async ValueTask<Result<UploadPage>> ListUploadsAsync(ListUploadsRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        var grouping = new KeyGrouping(request.Prefix, request.Delimiter);
        var max = Math.Min(request.MaxUploads, ObjectLister.MaxKeysPerPage);
        if (max <= 0 || grouping.IsHopeless) return new UploadPage([], [], null, null);
        var range = grouping.RangeAfter(KvTables.Uploads, bucket.Id, request.KeyMarker);
        if (!string.IsNullOrEmpty(request.KeyMarker) && UploadId.TryParse(request.UploadIdMarker ?? "", out var marker))
        {
            var behind = SchemaKeys.Upload(bucket.Id, KeyGrouping.MarkerBytes(request.KeyMarker), marker.Content);
            range = grouping.Range(KvTables.Uploads, bucket.Id, [.. behind, 0]);
        }
        using var cursor = snapshot.Scan(range);
        return await CollectAsync(cursor, request.Bucket, bucket.Id, grouping, max, ct);
    }

    private static async ValueTask<UploadPage> CollectAsync(IKvCursor cursor, string bucket, ulong bucketId, KeyGrouping grouping, int max, CancellationToken ct)
    {
        var uploads = new List<UploadInfo>();
        var groups = new List<string>();
        var key = new byte[ObjectEngine.MaxKeyBytes];
        string? lastKey = null, lastUpload = null;
        var more = await cursor.MoveNextAsync(ct);
        while (more)
        {
            if (uploads.Count + groups.Count == max) return new UploadPage(uploads, groups, lastKey, lastUpload);
            var length = SchemaKeys.ReadObjectKey(cursor.Key, key);
            var group = grouping.GroupLength(key.AsSpan(0, length));
            if (group > 0)
            {
                (lastKey, lastUpload) = (Encoding.UTF8.GetString(key, 0, group), null);
                groups.Add(lastKey);
                more = await cursor.SeekAsync(SchemaKeys.BehindPrefix(KvTables.Uploads, bucketId, key.AsSpan(0, group)), ct);
                continue;
            }
            var record = UploadRecord.Parser.ParseFrom(cursor.Value);
            var upload = UploadRows.ToInfo(bucket, Encoding.UTF8.GetString(key, 0, length), new UploadId(SchemaKeys.TrailingContent(cursor.Key), record.Nonce), record);
            uploads.Add(upload);
            (lastKey, lastUpload) = (upload.Key, upload.UploadId);
            more = await cursor.MoveNextAsync(ct);
        }
        return new UploadPage(uploads, groups, null, null);
    }
}
