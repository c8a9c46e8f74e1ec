using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Parts that are slices of other objects: by reference, unless the source is inlined, has another scheme, or is itself
/// slices of slices too deep. The bytes are read only where the upload's checksum asks for it.
/// </summary>
internal sealed class PartCopier(ObjectEngine engine, ObjectReader reader)
{
    /// <summary>Manifests below one another that a read may have to walk.</summary>
    private const int MaxDepth = 4;

    public async ValueTask<Result<PartCopyResult>> CopyAsync(UploadPartCopyRequest request, PartWriter writer, CancellationToken ct)
    {
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        var target = new UploadPartRequest { Bucket = request.Bucket, Key = request.Key, UploadId = request.UploadId, PartNumber = request.PartNumber, CustomerKey = request.CustomerKey };
        for (var attempt = 0; attempt < engine.Options.MaxAttempts; attempt++)
        {
            var found = await FindAsync(request, ct);
            if (!found.IsOk) return found.Failure;
            if (found.Value.Record.Replica is not null) return ObjectFault.NoSuchUpload;
            var opened = await CopySources.OpenAsync(reader, request.SourceBucket, request.SourceKey, request.SourceVersionId, request.SourceConditions, request.SourceCustomerKey, ct);
            if (!opened.IsOk) return opened.Failure;
            using var source = opened.Value;
            var (offset, length) = request.Range ?? (0, source.Info.LengthBytes);
            if (offset < 0 || length < 0 || length > source.Info.LengthBytes - offset) return ObjectFault.InvalidRange;
            if (await CheckQuotaAsync(found.Value, request.PartNumber, length, ct) is { } exceeded) return exceeded;
            try
            {
                var part = await CopyOnceAsync(request, target, found.Value, writer, source, offset, length, ct);
                if (part.IsOk) return new PartCopyResult(part.Value, CopySources.VersionIdOf(source));
                if (part.Fault != ObjectFault.ConditionalRequestConflict) return part.Failure;
            }
            catch (BlobStoreException e)
            {
                return WriteFaults.ToFailure(e);
            }
        }
        return ObjectFault.ConditionalRequestConflict;
    }

    private async ValueTask<Result<PartResult>> CopyOnceAsync(
        UploadPartCopyRequest request, UploadPartRequest target, UploadRows.Upload upload, PartWriter writer,
        ObjectHandle source, long offset, long length, CancellationToken ct)
    {
        if (await MustMoveAsync(upload, source, offset, length, ct))
        {
            await using var body = new HandleSource(source, offset, length, default, ct);
            return await writer.WriteAsync(target, upload, body, ct);
        }
        var reference = engine.Ids.NextNonce();
        var part = await DescribeAsync(upload, source, offset, length, ct);
        part.Reference = reference;
        return await PartWriter.PutAsync(engine, target, part, async (transaction, now) =>
        {
            if (!await CopySources.StandsAsync(transaction, request.SourceBucket, request.SourceKey, request.SourceVersionId, source, ct)) return false;
            new ContentReferences(transaction, now).Add(
                SchemaKeys.ReferenceByPart(source.Content, upload.Id.Content, request.PartNumber, reference));
            return true;
        }, ct);
    }

    private async ValueTask<bool> MustMoveAsync(UploadRows.Upload upload, ObjectHandle source, long offset, long length, CancellationToken ct)
    {
        // Parts of an upload have one data key, and it is not the source's.
        if (source.Content.IsNone || source.IsReadThrough || source.Seal is not null || upload.Record.Encryption is not null) return true;
        var content = await source.OpenAsync(ct);
        if (content.Depth >= MaxDepth) return true;
        var scheme = upload.Scheme ?? engine.Blobs.DefaultScheme;
        // What is stored in another class than the upload's may have less redundancy than it promises.
        return scheme != (engine.Classes.SchemeOf(source.Record.StorageClass) ?? engine.Blobs.DefaultScheme) && !await content.UsesSchemeAsync(scheme, offset, length, ct);
    }

    private async ValueTask<PartRecord> DescribeAsync(UploadRows.Upload upload, ObjectHandle source, long offset, long length, CancellationToken ct)
    {
        var part = new PartRecord
        {
            Length = (ulong)length,
            ContentId = ByteString.CopyFrom(source.Content.ToBytes()),
            SliceOffset = (ulong)offset,
            Depth = (uint)(await source.OpenAsync(ct)).Depth,
            Compression = source.Record.Compression,
            StoredLength = StoredLengths.ShareOf(source.Record, length),
        };
        var isWhole = length == source.Info.LengthBytes && source.Info.PartCount == 0;
        var checksum = source.Info.Checksum;
        var hasChecksum = upload.ChecksumAlgorithm == ChecksumAlgorithm.None
            || (isWhole && checksum?.Algorithm == upload.ChecksumAlgorithm && checksum.Type == ChecksumType.FullObject);
        if (!hasChecksum)
        {
            var digests = await CopySources.DigestAsync(engine, source, offset, length, upload.ChecksumAlgorithm, ct);
            digests.TryGet(upload.ChecksumAlgorithm, out var value);
            part.Etag = ByteString.CopyFrom(digests.Md5.Span);
            part.Checksum = ObjectInfos.ToRecord(new ObjectChecksum(upload.ChecksumAlgorithm, ChecksumType.FullObject, value));
            return part;
        }
        part.Etag = isWhole ? source.Record.Etag : SliceETag(source.Content, offset, length);
        if (upload.ChecksumAlgorithm != ChecksumAlgorithm.None) part.Checksum = source.Record.Checksum.Clone();
        return part;
    }

    /// <summary>
    /// Stands for the MD5 of a slice that is never read: the same slice of the same content has the same ETag. To clients
    /// the ETag of a part is opaque.
    /// </summary>
    private static ByteString SliceETag(ContentId content, long offset, long length)
    {
        Span<byte> slice = stackalloc byte[ContentId.SizeBytes + 16];
        content.WriteTo(slice);
        BinaryPrimitives.WriteInt64BigEndian(slice[ContentId.SizeBytes..], offset);
        BinaryPrimitives.WriteInt64BigEndian(slice[(ContentId.SizeBytes + 8)..], length);
        return ByteString.CopyFrom(MD5.HashData(slice));
    }

    private async ValueTask<Failure?> CheckQuotaAsync(UploadRows.Upload upload, int partNumber, long lengthBytes, CancellationToken ct)
    {
        if (!QuotaRules.IsSet(upload.Bucket)) return null;
        using var snapshot = engine.Store.Snapshot();
        return await QuotaRules.CheckPartAsync(snapshot, upload, partNumber, lengthBytes, ct);
    }

    private async ValueTask<Result<UploadRows.Upload>> FindAsync(UploadPartCopyRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        return await UploadRows.FindAsync(snapshot, request.Bucket, request.Key, request.UploadId, ct);
    }
}
