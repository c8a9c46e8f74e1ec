using System.Security.Cryptography;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Completes uploads: one transaction that reads all parts and writes the manifest (20 rows and about 1 MiB for 10,000
/// parts), the version and the garbage. The manifest's content id is the upload's, so that the parts keep their owner.
/// </summary>
internal sealed class UploadCompleter(ObjectEngine engine)
{
    private sealed record Manifest(ContentRecord Content, List<ManifestChunk> Rows, byte[] ETag, ObjectChecksum? Checksum, int PartCount, StoredLengths Stored);

    public async ValueTask<Result<WriteResult>> CompleteAsync(CompleteUploadRequest request, CancellationToken ct)
    {
        using var turn = await engine.Locks.LockAsync(request.Bucket, request.Key, ct);
        return await engine.Transactions.RunAsync<WriteResult>(async transaction =>
        {
            var found = await UploadRows.FindAsync(transaction, request.Bucket, request.Key, request.UploadId, ct);
            if (found.Fault == ObjectFault.NoSuchUpload) return await RepeatAsync(transaction, request, ct);
            if (!found.IsOk) return found.Failure;
            var upload = found.Value;
            if (upload.Record.Replica is not null) return ObjectFault.NoSuchUpload;
            if (await CheckKeyAsync(request, upload, ct) is { } refused) return refused;
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, upload.Bucket, upload.Key, now, ct);
            if (ConditionRules.Check(request.Conditions, versions.Current) is { } failure) return failure;

            var parts = await LoadPartsAsync(transaction, upload.Id.Content, ct);
            var built = Build(request, upload, parts);
            if (!built.IsOk) return built.Failure;
            versions.CountParts(-parts.Values.Sum(part => (long)part.Length));
            var record = await WriteAsync(transaction, versions, upload, built.Value, now, ct);
            if (await Journal.AppendAsync(engine, transaction, request.Bucket, upload.Bucket, JournalEntry.Of("REST.POST.UPLOAD", request.Key, record), now, ct) is { } unrecorded) return unrecorded;
            await DropUploadAsync(transaction, versions.References, upload, parts, request.Parts.Select(part => part.PartNumber), ct);
            await engine.Changes.AddAsync(transaction, upload.Bucket, versions, new Change(request.Bucket, upload.Key, ChangeKind.CreatedByCompletion, record, now, request.Origin), ct);
            await UploadRows.ForgetDueAsync(engine.Lifecycle, transaction, upload, ct);
            return record.ToWriteResult((VersioningState)upload.Bucket.Versioning) with { Expiration = versions.ExpirationOf(record) };
        }, ct);
    }

    /// <summary>As S3 has it, only uploads whose client chose a checksum need the key again (API reference, CompleteMultipartUpload).</summary>
    private async ValueTask<Failure?> CheckKeyAsync(CompleteUploadRequest request, UploadRows.Upload upload, CancellationToken ct)
    {
        if (upload.Record.Encryption?.Method != (uint)EncryptionMethod.CustomerKey && request.CustomerKey is null) return null;
        var isChosen = upload.ChecksumAlgorithm is not (ChecksumAlgorithm.None or ChecksumAlgorithm.Crc64Nvme);
        if (request.CustomerKey is null && !isChosen && !request.NeedsCustomerKey) return null;
        var opened = await engine.Keys.OpenAsync(upload.Record.Encryption, request.CustomerKey, ct);
        if (!opened.IsOk) return opened.Failure;
        opened.Value?.Dispose();
        return null;
    }

    internal static async ValueTask<SortedDictionary<int, PartRecord>> LoadPartsAsync(IKvReader reader, ContentId upload, CancellationToken ct)
    {
        var parts = new SortedDictionary<int, PartRecord>();
        using var cursor = reader.Scan(SchemaKeys.Parts(upload));
        while (await cursor.MoveNextAsync(ct)) parts.Add(SchemaKeys.PartNumber(cursor.Key), PartRecord.Parser.ParseFrom(cursor.Value));
        return parts;
    }

    private Result<Manifest> Build(CompleteUploadRequest request, UploadRows.Upload upload, SortedDictionary<int, PartRecord> parts)
    {
        if (request.Parts.Count == 0) return ObjectFault.InvalidPart;
        if (CheckOrder(request.Parts) is { } disorder) return disorder;
        if (request.ExpectedChecksumType is { } type && type != upload.ChecksumType) return ObjectFault.InvalidChecksumRequest;
        var rows = new List<ManifestChunk>();
        var content = new ContentRecord { Kind = ContentKinds.Manifest, ChunkCount = 1, Depth = 1 };
        var checksum = PartChecksums.Begin(upload.ChecksumAlgorithm, upload.ChecksumType);
        using var etag = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var stored = new StoredLengths();
        var end = 0UL;
        for (var i = 0; i < request.Parts.Count; i++)
        {
            var listed = request.Parts[i];
            if (!parts.TryGetValue(listed.PartNumber, out var part) || !Agrees(listed, part))
                return new Failure(ObjectFault.InvalidPart) { PartNumber = listed.PartNumber };
            if (i < request.Parts.Count - 1 && (long)part.Length < engine.Options.MinPartBytes)
                return new Failure(ObjectFault.EntityTooSmall) { PartNumber = listed.PartNumber };
            end += part.Length;
            stored.Add(part.Compression, part.StoredLength, part.Length);
            etag.AppendData(part.Etag.Span);
            checksum?.Append(part.Checksum.Value.Span, (long)part.Length);
            content.Depth = Math.Max(content.Depth, part.Depth + 1);
            AddPart(rows, listed.PartNumber, part, end);
        }
        if (request.ExpectedLengthBytes is { } expected && expected != (long)end) return new Failure(ObjectFault.InvalidPart) { Message = "The object's length is not the one that was announced." };
        content.Length = end;
        foreach (var row in rows)
            content.Manifest.Add(new ManifestChunkEnd { EndOffset = row.Parts[^1].EndOffset, LastPartNumber = row.Parts[^1].PartNumber, PartCount = (uint)row.Parts.Count });
        var whole = checksum?.Finish(request.Parts.Count);
        if (CheckExpected(request.ExpectedChecksum, whole) is { } mismatch) return mismatch;
        return new Manifest(content, rows, etag.GetHashAndReset(), whole, request.Parts.Count, stored);
    }

    private static Failure? CheckOrder(IReadOnlyList<ListedPart> parts)
    {
        for (var i = 1; i < parts.Count; i++)
        {
            if (parts[i].PartNumber <= parts[i - 1].PartNumber) return new Failure(ObjectFault.InvalidPartOrder) { PartNumber = parts[i].PartNumber };
        }
        return null;
    }

    private static Failure? CheckExpected(ObjectChecksum? expected, ObjectChecksum? whole)
    {
        if (expected is null) return null;
        if (whole is null || whole.Algorithm != expected.Algorithm) return new Failure(ObjectFault.InvalidChecksumRequest);
        return expected.Value.Span.SequenceEqual(whole.Value.Span) ? null : new Failure(ObjectFault.ChecksumMismatch);
    }

    private static bool Agrees(ListedPart listed, PartRecord part)
    {
        if (!string.Equals(listed.ETag, ObjectInfos.ETagOf(part.Etag.Span, 0), StringComparison.OrdinalIgnoreCase)) return false;
        if (listed.Checksum is not { } checksum) return true;
        return part.Checksum is { } known && (uint)checksum.Algorithm == known.Algorithm && checksum.Value.Span.SequenceEqual(known.Value.Span);
    }

    internal static void AddPart(List<ManifestChunk> rows, int number, PartRecord part, ulong end)
    {
        if (rows.Count == 0 || rows[^1].Parts.Count == ManifestContent.PartsPerRow) rows.Add(new ManifestChunk());
        rows[^1].Parts.Add(new ManifestPart
        {
            PartNumber = (uint)number,
            EndOffset = end,
            Length = part.Length,
            ContentId = part.ContentId,
            SliceOffset = part.SliceOffset,
            Etag = part.Etag,
            Checksum = part.Checksum,
            ModifiedTicks = part.ModifiedTicks,
            Reference = part.Reference,
        });
    }

    private async ValueTask<VersionRecord> WriteAsync(IKvTransaction transaction, KeyVersions versions, UploadRows.Upload upload, Manifest manifest, ulong now, CancellationToken ct)
    {
        var id = upload.Id.Content;
        var record = new VersionRecord
        {
            Sequence = await versions.NextSequenceAsync(ct),
            Nonce = engine.Ids.NextNonce(),
            Flags = (uint)VersionFlags.OwnsContent,
            Length = manifest.Content.Length,
            Etag = ByteString.CopyFrom(manifest.ETag),
            PartCount = (uint)manifest.PartCount,
            ModifiedTicks = now,
            ContentId = ByteString.CopyFrom(id.ToBytes()),
            StorageClass = upload.Record.StorageClass,
            OwnerId = upload.Record.OwnerId,
            Checksum = ObjectInfos.ToRecord(manifest.Checksum),
            Headers = upload.Record.Headers,
            Acl = upload.Record.Acl,
            Encryption = upload.Record.Encryption,
        };
        (record.Compression, record.StoredLength) = manifest.Stored.Sum;
        LockRules.Apply(upload.Bucket, LockRules.LockOf(upload.Record), record, now);
        manifest.Content.Owner = new ContentOwner { BucketId = upload.Bucket.Id, Key = ByteString.CopyFrom(upload.Key), Sequence = record.Sequence };
        transaction.PutRecord(SchemaKeys.Content(id), manifest.Content);
        for (var i = 0; i < manifest.Rows.Count; i++) transaction.PutRecord(SchemaKeys.Manifest(id, (uint)i), manifest.Rows[i]);
        await versions.InsertAsync(record, ct);
        versions.WriteCounters(record.Nonce);
        return record;
    }

    /// <summary>The upload and the rows of its parts go; what the parts hold that are not listed goes, too.</summary>
    internal static async ValueTask DropUploadAsync(
        IKvTransaction transaction, ContentReferences references, UploadRows.Upload upload, SortedDictionary<int, PartRecord> parts,
        IEnumerable<int> listed, CancellationToken ct)
    {
        var id = upload.Id.Content;
        // All were read, so none can have come since. Row by row: range deletes burden every look-up in the table.
        foreach (var number in parts.Keys) transaction.Delete(SchemaKeys.Part(id, number));
        foreach (var number in listed) parts.Remove(number);
        foreach (var (number, part) in parts) await UploadRows.ReleaseAsync(references, id, number, part.ContentId, part.Reference, ct);
        transaction.Delete(SchemaKeys.Upload(upload.Bucket.Id, upload.Key, id));
    }

    /// <summary>A client that missed the answer asks again: while the object stands it gets the same one.</summary>
    private static async ValueTask<Result<WriteResult>> RepeatAsync(IKvReader reader, CompleteUploadRequest request, CancellationToken ct)
    {
        var bucket = await ObjectEngine.GetBucketAsync(reader, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        if (!UploadId.TryParse(request.UploadId, out var id) || !ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.NoSuchUpload;
        var content = await reader.GetRecordAsync(SchemaKeys.Content(id.Content), ContentRecord.Parser, ct);
        if (content?.Owner is not { } owner || owner.BucketId != bucket.Id || !owner.Key.Span.SequenceEqual(key)) return ObjectFault.NoSuchUpload;
        var record = await VersionRows.GetCurrentAsync(reader, bucket.Id, key, ct);
        if (record?.Sequence != owner.Sequence)
            record = await reader.GetRecordAsync(SchemaKeys.Version(bucket.Id, key, owner.Sequence), VersionRecord.Parser, ct);
        return record is not null && ContentId.FromField(record.ContentId) == id.Content
            ? record.ToWriteResult((VersioningState)bucket.Versioning)
            : ObjectFault.NoSuchUpload;
    }
}
