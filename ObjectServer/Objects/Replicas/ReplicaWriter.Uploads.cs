using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

// Versions that were uploaded in parts come in the same parts, so that what a break has left is gone on from.
internal sealed partial class ReplicaWriter
{
    /// <summary>Uploads of one key that are looked through for one of the same version.</summary>
    private const int MaxUploads = 1000;

    private readonly PartWriter _parts = new(engine, new ObjectReader(engine));

    /// <summary>Where the parts of a version go. One that was begun before is gone on with.</summary>
    public async ValueTask<Result<ReplicaUpload>> BeginAsync(ReplicaRequest request, CancellationToken ct)
    {
        if (request.Version.IsDeleteMarker() || request.Version.PartCount == 0) return ObjectFault.MalformedReplica;
        var checkedKey = Check(request);
        if (!checkedKey.IsOk) return checkedKey.Failure;
        var key = checkedKey.Value;
        var prepared = await PrepareAsync(request, key, ct);
        if (!prepared.IsOk) return prepared.Failure;
        if (prepared.Value is not { } target)
        {
            var merged = await StateAsync(request with { MustExist = true }, ct);
            return merged.IsOk ? new ReplicaUpload(merged.Value.State, null, []) : merged.Failure;
        }
        var created = await engine.Keys.CreateAsync(target.Encryption, ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        using var turn = await engine.Locks.LockAsync(request.Bucket, request.Key, ct);
        return await engine.Transactions.RunAsync<ReplicaUpload>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, request.Bucket, ct);
            if (bucket is null || bucket.Id != target.BucketId) return ObjectFault.NoSuchBucket;
            var now = engine.NowTicks();
            if (ReplicaRules.Check(bucket, request.Version, now) is { } refused) return refused;
            var found = await FindUploadAsync(transaction, bucket, key, request.Version, ct);
            if (found is { } open) return await ResumeAsync(transaction, open, ct);
            var id = new UploadId(engine.Ids.Next(), BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(8)));
            transaction.PutRecord(SchemaKeys.Upload(bucket.Id, key, id.Content), UploadOf(request, target, id, dataKey?.Record, now));
            if (await engine.Lifecycle.GetAsync(transaction, bucket, ct) is { } rules && rules.AbortOf(key, now) is { } abort)
                transaction.Put(SchemaKeys.DueUpload(abort.DueTicks, bucket.Id, key, id.Content), ReadOnlyMemory<byte>.Empty);
            return new ReplicaUpload(ReplicaState.Wanted, id.ToString(), []);
        }, ct);
    }

    /// <summary>A part with its whole body. One that is there already is replaced.</summary>
    public async ValueTask<Result<PartResult>> PutPartAsync(UploadPartRequest request, IContentSource source, CancellationToken ct)
    {
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        UploadRows.Upload upload;
        using (var snapshot = engine.Store.Snapshot())
        {
            var found = await UploadRows.FindAsync(snapshot, request.Bucket, request.Key, request.UploadId, ct);
            if (!found.IsOk) return found.Failure;
            upload = found.Value;
            if (upload.Record.Replica is null) return ObjectFault.NoSuchUpload;
            if (await QuotaRules.CheckPartAsync(snapshot, upload, request.PartNumber, source.LengthBytes ?? 0, ct) is { } exceeded) return exceeded;
        }
        return await _parts.WriteAsync(request, upload, source, ct);
    }

    /// <summary>Makes the version of its parts. <see cref="ObjectFault.InvalidPart"/> names a part that is missing or another one.</summary>
    /// <param name="parts">All of the version's: numbers, lengths, ETags, checksums and times.</param>
    public async ValueTask<Result<ReplicaWrite>> CompleteAsync(ReplicaRequest request, string uploadId, IReadOnlyList<ManifestPart> parts, CancellationToken ct)
    {
        if (request.Version.IsDeleteMarker() || parts.Count != (int)request.Version.PartCount || !AreParts(request.Version, parts)) return ObjectFault.MalformedReplica;
        var checkedKey = Check(request);
        if (!checkedKey.IsOk) return checkedKey.Failure;
        var written = await CommitAsync(request, checkedKey.Value, bucketId: null, Template(request, ""), async (transaction, _, versions, record, now) =>
        {
            var found = await UploadRows.FindAsync(transaction, request.Bucket, request.Key, uploadId, ct);
            return found.IsOk ? await PutManifestAsync(transaction, versions, found.Value, record, parts, now, ct) : found.Failure;
        }, ct, ChangeKind.CreatedByCompletion);
        // The version has come in another way.
        if (written is { IsOk: true, Value.State: not ReplicaState.Made }) await AbortAsync(request, uploadId, ct);
        return written;
    }

    private static bool AreParts(VersionRecord version, IReadOnlyList<ManifestPart> parts)
    {
        var (last, end) = (0u, 0UL);
        foreach (var part in parts)
        {
            if (part.PartNumber <= last || part.PartNumber > ReplicaRules.MaxParts || part.Length > version.Length || part.Etag.Length is not (0 or 16) || !ReplicaRules.IsChecksum(part.Checksum)) return false;
            last = part.PartNumber;
            end += part.Length;
        }
        return end == version.Length;
    }

    private static async ValueTask<Failure?> PutManifestAsync(
        IKvTransaction transaction, KeyVersions versions, UploadRows.Upload upload, VersionRecord record, IReadOnlyList<ManifestPart> listed, ulong now, CancellationToken ct)
    {
        // The upload of another version, or a client's.
        if (upload.Record.Replica is not { } of || of.Sequence != record.Sequence || of.Nonce != record.Nonce) return new Failure(ObjectFault.NoSuchUpload);
        var id = upload.Id.Content;
        var parts = await UploadCompleter.LoadPartsAsync(transaction, id, ct);
        var rows = new List<ManifestChunk>();
        var content = new ContentRecord { Kind = ContentKinds.Manifest, ChunkCount = 1, Depth = 1, Length = record.Length };
        var end = 0UL;
        var lengths = new StoredLengths();
        foreach (var part in listed)
        {
            if (!parts.TryGetValue((int)part.PartNumber, out var stored) || !IsOf(stored, part)) return new Failure(ObjectFault.InvalidPart) { PartNumber = (int)part.PartNumber };
            end += stored.Length;
            lengths.Add(stored.Compression, stored.StoredLength, stored.Length);
            content.Depth = Math.Max(content.Depth, stored.Depth + 1);
            var kept = stored.Clone();
            (kept.Etag, kept.Checksum, kept.ModifiedTicks) = (part.Etag, part.Checksum, part.ModifiedTicks);
            UploadCompleter.AddPart(rows, (int)part.PartNumber, kept, end);
        }
        foreach (var row in rows)
            content.Manifest.Add(new ManifestChunkEnd { EndOffset = row.Parts[^1].EndOffset, LastPartNumber = row.Parts[^1].PartNumber, PartCount = (uint)row.Parts.Count });
        content.Owner = new ContentOwner { BucketId = upload.Bucket.Id, Key = ByteString.CopyFrom(upload.Key), Sequence = record.Sequence };
        transaction.PutRecord(SchemaKeys.Content(id), content);
        for (var i = 0; i < rows.Count; i++) transaction.PutRecord(SchemaKeys.Manifest(id, (uint)i), rows[i]);
        versions.CountParts(-parts.Values.Sum(part => (long)part.Length));
        await UploadCompleter.DropUploadAsync(transaction, versions.References, upload, parts, listed.Select(part => (int)part.PartNumber), ct);
        versions.ForgetUpload(upload);

        (record.Compression, record.StoredLength) = lengths.Sum;
        record.ContentId = ByteString.CopyFrom(id.ToBytes());
        record.Flags |= (uint)VersionFlags.OwnsContent;
        record.StorageClass = upload.Record.StorageClass;
        record.Encryption = upload.Record.Encryption;
        return null;
    }

    /// <summary>Whether the stored bytes are that part: by its checksum, where it has one.</summary>
    private static bool IsOf(PartRecord stored, ManifestPart part) =>
        stored.Length == part.Length
        && (part.Checksum is null || stored.Checksum is null || (stored.Checksum.Algorithm == part.Checksum.Algorithm && stored.Checksum.Value.Equals(part.Checksum.Value)));

    private async ValueTask AbortAsync(ReplicaRequest request, string uploadId, CancellationToken ct)
    {
        // That it is gone already, or cannot go now, is no failure of the version: lifecycle comes by, too.
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var found = await UploadRows.FindAsync(transaction, request.Bucket, request.Key, uploadId, ct);
            if (!found.IsOk) return found.Failure;
            if (found.Value.Record.Replica is null) return ObjectFault.NoSuchUpload;
            await UploadRows.GiveUpAsync(transaction, found.Value.Bucket, found.Value.Key, found.Value.Id.Content, engine.NowTicks(), ct);
            await UploadRows.ForgetDueAsync(engine.Lifecycle, transaction, found.Value, ct);
            return new Done();
        }, ct);
    }

    private static async ValueTask<UploadId?> FindUploadAsync(IKvReader reader, BucketRecord bucket, byte[] key, VersionRecord version, CancellationToken ct)
    {
        using var cursor = reader.Scan(SchemaKeys.Uploads(bucket.Id, key));
        for (var i = 0; i < MaxUploads && await cursor.MoveNextAsync(ct); i++)
        {
            var record = UploadRecord.Parser.ParseFrom(cursor.Value);
            if (record.Replica is { } of && of.Sequence == version.Sequence && of.Nonce == version.Nonce) return new UploadId(SchemaKeys.TrailingContent(cursor.Key), record.Nonce);
        }
        return null;
    }

    private static async ValueTask<ReplicaUpload> ResumeAsync(IKvReader reader, UploadId upload, CancellationToken ct)
    {
        var numbers = new List<int>();
        using var cursor = reader.Scan(SchemaKeys.Parts(upload.Content));
        while (await cursor.MoveNextAsync(ct)) numbers.Add(SchemaKeys.PartNumber(cursor.Key));
        return new ReplicaUpload(ReplicaState.Wanted, upload.ToString(), numbers);
    }

    private static UploadRecord UploadOf(ReplicaRequest request, Target target, UploadId id, EncryptionRecord? encryption, ulong now) => new()
    {
        InitiatedTicks = now,
        OwnerId = request.OwnerId,
        StorageClass = target.StorageClass,
        Headers = request.Version.Headers,
        ChecksumAlgorithm = request.Version.Checksum?.Algorithm ?? (uint)ChecksumAlgorithm.None,
        ChecksumType = request.Version.Checksum?.Type ?? 0,
        SchemeDataShards = (uint)target.Scheme.DataShards,
        SchemeParityShards = (uint)target.Scheme.ParityShards,
        Nonce = id.Nonce,
        Encryption = encryption,
        Replica = new ReplicaUploadRecord { Sequence = request.Version.Sequence, Nonce = request.Version.Nonce },
    };
}
