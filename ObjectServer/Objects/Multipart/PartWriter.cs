using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Writes parts of uploads. Copies of slices are in <see cref="PartCopier"/>.</summary>
internal sealed class PartWriter(ObjectEngine engine, ObjectReader reader)
{
    private readonly ContentWriter _contents = new(engine);
    private readonly PartCopier _copier = new(engine, reader);

    /// <summary>The part's checksum is of the upload's algorithm, whatever else the source asks for. Uploading a number again replaces it.</summary>
    public async ValueTask<Result<PartResult>> UploadAsync(UploadPartRequest request, IContentSource source, CancellationToken ct)
    {
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        var found = await FindAsync(request, source.LengthBytes ?? 0, ct);
        if (!found.IsOk) return found.Failure;
        return await WriteAsync(request, found.Value, source, ct);
    }

    public async ValueTask<Result<PartCopyResult>> CopyAsync(UploadPartCopyRequest request, CancellationToken ct) =>
        await _copier.CopyAsync(request, this, ct);

    internal async ValueTask<Result<PartResult>> WriteAsync(UploadPartRequest request, UploadRows.Upload upload, IContentSource source, CancellationToken ct)
    {
        var opened = await engine.Keys.OpenAsync(upload.Record.Encryption, request.CustomerKey, ct);
        if (!opened.IsOk) return opened.Failure;
        using var dataKey = opened.Value is { } seal ? new SealedUnder(seal, upload.Record.Encryption) : null;
        try
        {
            var tag = new SalvageTag
            {
                Bucket = request.Bucket,
                Key = ByteString.CopyFrom(upload.Key),
                Upload = ByteString.CopyFrom(upload.Id.Content.ToBytes()),
                PartNumber = (uint)request.PartNumber,
                WrittenTicks = engine.NowTicks(),
            };
            const int neverInline = -1;
            using var content = await _contents.WriteAsync(
                source, upload.Scheme ?? engine.Blobs.DefaultScheme, neverInline, upload.ChecksumAlgorithm, tag, dataKey,
                CompressionRules.Choose(upload.Bucket, upload.Record.Headers, upload.Key), ct);
            return await CommitAsync(request, upload, content, ct);
        }
        catch (ContentSourceException e)
        {
            return e.Failure;
        }
        catch (BlobStoreException e)
        {
            return WriteFaults.ToFailure(e);
        }
    }

    private async ValueTask<Result<PartResult>> CommitAsync(UploadPartRequest request, UploadRows.Upload upload, WrittenContent content, CancellationToken ct)
    {
        var part = new PartRecord
        {
            Length = (ulong)content.PlainLengthBytes,
            Etag = content.ETag,
            Checksum = ObjectInfos.ToRecord(content.Checksum(upload.ChecksumAlgorithm)),
            ContentId = ByteString.CopyFrom(content.Id.ToBytes()),
        };
        (part.Compression, part.StoredLength) = content.Compression;
        Result<PartResult> result;
        try
        {
            result = await PutAsync(engine, request, part, (transaction, now) =>
            {
                var owner = new ContentOwner { Upload = ByteString.CopyFrom(upload.Id.Content.ToBytes()), PartNumber = (uint)request.PartNumber };
                ContentRows.Put(transaction, content, owner, now);
                return ValueTask.FromResult(true);
            }, ct);
        }
        catch (Exception e) when (e is not KvException)
        {
            content.Discard();
            throw;
        }
        content.Conclude(result.Fault);
        return result;
    }

    /// <summary>
    /// The transaction that makes (or replaces) a part. <paramref name="hold"/> writes what holds its content; false
    /// commits nothing new and gives a conflict.
    /// </summary>
    internal static async ValueTask<Result<PartResult>> PutAsync(
        ObjectEngine engine, UploadPartRequest request, PartRecord part, Func<IKvTransaction, ulong, ValueTask<bool>> hold, CancellationToken ct) =>
        await engine.Transactions.RunAsync<PartResult>(async transaction =>
        {
            var found = await UploadRows.FindAsync(transaction, request.Bucket, request.Key, request.UploadId, ct);
            if (!found.IsOk) return found.Failure;
            var id = found.Value.Id.Content;
            var now = engine.NowTicks();
            if (!await hold(transaction, now)) return ObjectFault.ConditionalRequestConflict;
            var row = SchemaKeys.Part(id, request.PartNumber);
            var replaced = await transaction.GetRecordAsync(row, PartRecord.Parser, ct);
            if (replaced is not null)
                await UploadRows.ReleaseAsync(new ContentReferences(transaction, now), id, request.PartNumber, replaced.ContentId, replaced.Reference, ct);
            part.ModifiedTicks = now;
            transaction.PutRecord(row, part);
            var counters = new BucketCounters();
            counters.CountParts((long)part.Length - (long)(replaced?.Length ?? 0));
            counters.Write(transaction, found.Value.Bucket, shardBy: 0);
            return new PartResult(
                ObjectInfos.ETagOf(part.Etag.Span, 0), KvRecords.FromTicks(now), (long)part.Length, ObjectInfos.ToChecksum(part.Checksum),
                Keyring.InfoOf(found.Value.Record.Encryption));
        }, ct);

    /// <summary>The upload, or why the call is sure to fail.</summary>
    private async ValueTask<Result<UploadRows.Upload>> FindAsync(UploadPartRequest request, long lengthBytes, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await UploadRows.FindAsync(snapshot, request.Bucket, request.Key, request.UploadId, ct);
        if (!found.IsOk) return found;
        // Its parts are those of a version of elsewhere.
        if (found.Value.Record.Replica is not null) return ObjectFault.NoSuchUpload;
        return await QuotaRules.CheckPartAsync(snapshot, found.Value, request.PartNumber, lengthBytes, ct) is { } exceeded ? exceeded : found;
    }
}
