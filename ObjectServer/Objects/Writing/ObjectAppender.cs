using System.Security.Cryptography;
using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

internal sealed record AppendRequest
{
    /// <summary>What makes the object if there is none yet and the offset is 0. Of an object that is there, only the conditions count.</summary>
    public required PutRequest Put { get; init; }

    /// <summary>Where the bytes are to stand: the object's length.</summary>
    public required long OffsetBytes { get; init; }

    /// <summary>Whether the request says more of the object than its bytes, which only the one that makes it may.</summary>
    public bool Describes { get; init; }

    /// <summary>Opens the object where its writer keeps the key.</summary>
    public CustomerKey? CustomerKey { get; init; }
}

/// <summary>
/// Appends to objects: each append is a part more, in a manifest. No bytes that are there move, but inlined ones, once. A manifest that
/// only this object holds grows where it is, so that an append costs the same however many there were; one that copies share
/// becomes a slice of a new one.
/// </summary>
internal sealed class ObjectAppender(ObjectEngine engine, ObjectReader reader, ObjectWriter writer)
{
    /// <summary>Parts of an object. Source: S3 User Guide, "Appending data to objects in directory buckets".</summary>
    public const int MaxParts = 10_000;

    // Deeper ones are written anew.
    private const int MaxDepth = 4;
    private const int NeverInline = -1;

    private readonly ContentWriter _contents = new(engine);

    /// <summary>
    /// <see cref="ObjectFault.InvalidWriteOffset"/> when the object is not as long as the offset says, also because another append came first;
    /// <see cref="ObjectFault.TooManyParts"/>; <see cref="ObjectFault.InvalidBucketState"/> where versions are kept.
    /// </summary>
    public async ValueTask<Result<WriteResult>> AppendAsync(AppendRequest request, IContentSource source, CancellationToken ct)
    {
        var put = request.Put;
        if (!ObjectEngine.TryEncodeKey(put.Key, out var key)) return ObjectFault.InvalidKey;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        using (var snapshot = engine.Store.Snapshot())
        {
            var bucket = await ObjectEngine.GetBucketAsync(snapshot, put.Bucket, ct);
            if (bucket is null) return ObjectFault.NoSuchBucket;
            if (bucket.Versioning != (uint)VersioningState.Unversioned) return ObjectFault.InvalidBucketState;
        }

        var opened = await reader.OpenAsync(new ReadRequest { Bucket = put.Bucket, Key = put.Key, CustomerKey = request.CustomerKey }, ct);
        if (opened.Fault == ObjectFault.NoSuchKey) return request.OffsetBytes == 0 ? await CreateAsync(put, source, ct) : ObjectFault.InvalidWriteOffset;
        if (!opened.IsOk) return opened.Failure;
        using var handle = opened.Value;
        if (await RefuseEarlyAsync(request, key, handle, source.LengthBytes ?? 0, ct) is { } refused) return refused;
        try
        {
            return await WriteAsync(request, key, handle, source, ct);
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

    /// <summary>The first append makes the object, unless one has come meanwhile.</summary>
    private async ValueTask<Result<WriteResult>> CreateAsync(PutRequest put, IContentSource source, CancellationToken ct)
    {
        var isOwnCondition = !put.Conditions.IfNoneMatch.IsSet;
        var created = await writer.PutAsync(put with { Conditions = put.Conditions with { IfNoneMatch = ETagList.Star } }, source, ct);
        return created.Fault == ObjectFault.PreconditionFailed && isOwnCondition ? ObjectFault.InvalidWriteOffset : created;
    }

    private async ValueTask<Failure?> RefuseEarlyAsync(AppendRequest request, byte[] key, ObjectHandle handle, long lengthBytes, CancellationToken ct)
    {
        if (Check(request, handle.Record) is { } refused) return refused;
        using var snapshot = engine.Store.Snapshot();
        return await QuotaRules.CheckObjectAsync(snapshot, handle.Bucket, key, BucketCounters.BytesOf(handle.Record) + lengthBytes, ct);
    }

    private static Failure? Check(AppendRequest request, VersionRecord current)
    {
        // Its bytes are not here, or a copy of them for a while.
        if (current.Tier is not null) return new Failure(ObjectFault.ObjectArchived) { Message = current.StorageClass };
        if ((long)current.Length != request.OffsetBytes) return new Failure(ObjectFault.InvalidWriteOffset);
        if (request.Describes) return new Failure(ObjectFault.AppendDescribes);
        if (current.PartCount >= MaxParts) return new Failure(ObjectFault.TooManyParts);
        return ConditionRules.Check(request.Put.Conditions, current);
    }

    private async ValueTask<Result<WriteResult>> WriteAsync(AppendRequest request, byte[] key, ObjectHandle handle, IContentSource source, CancellationToken ct)
    {
        var scheme = engine.Classes.SchemeOf(handle.Record.StorageClass) ?? engine.Blobs.DefaultScheme;
        // The handle closes the seal.
        var under = handle.Seal is { } seal ? new SealedUnder(seal, handle.Record.Encryption) : null;
        var algorithm = CombinableOf(handle.Record.Checksum);
        var tag = new SalvageTag { Bucket = request.Put.Bucket, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks(), Headers = handle.Record.Headers };

        // As the bucket has it now: parts may be stored in different ways.
        var compression = CompressionRules.Choose(handle.Bucket, handle.Record.Headers, key);
        // By itself a shard of what is appended would look like the beginning of the object.
        var tailTag = tag.Clone();
        (tailTag.AppendOffset, tailTag.AppendEtag) = (handle.Record.Length, handle.Record.Etag);
        using var tail = await _contents.WriteAsync(source, scheme, NeverInline, algorithm, tailTag, under, compression, ct);
        if (tail.PlainLengthBytes == 0)
        {
            tail.Discard();
            return handle.Record.ToWriteResult(VersioningState.Unversioned);
        }

        WrittenContent? head;
        try
        {
            head = await MoveAsync(handle, scheme, algorithm, tag, under, compression, ct);
        }
        catch
        {
            tail.Discard();
            throw;
        }

        try
        {
            var result = await CommitAsync(request, key, handle, head, tail, algorithm, ct);
            tail.Conclude(result.Fault);
            head?.Conclude(result.Fault);
            return result;
        }
        catch (Exception e) when (e is not KvException)
        {
            // The commit is never cancelled half way: nothing was written.
            tail.Discard();
            head?.Discard();
            throw;
        }
        finally
        {
            head?.Dispose();
        }
    }

    /// <summary>What is there as a content of its own, where it can be no part as it is; else null.</summary>
    private async ValueTask<WrittenContent?> MoveAsync(
        ObjectHandle handle, Scheme scheme, ChecksumAlgorithm algorithm, SalvageTag tag, SealedUnder? under, CompressionChoice compression, CancellationToken ct)
    {
        if (!await MustMoveAsync(handle, ct)) return null;
        await using var body = new HandleSource(handle, 0, handle.Info.LengthBytes, default, ct);
        return await _contents.WriteAsync(body, scheme, NeverInline, algorithm, tag, under, compression, ct);
    }

    private static async ValueTask<bool> MustMoveAsync(ObjectHandle handle, CancellationToken ct) =>
        handle.Info.LengthBytes > 0 && (handle.Content.IsNone || (await handle.OpenAsync(ct)).Depth >= MaxDepth);

    private async ValueTask<Result<WriteResult>> CommitAsync(
        AppendRequest request, byte[] key, ObjectHandle handle, WrittenContent? head, WrittenContent tail, ChecksumAlgorithm algorithm, CancellationToken ct)
    {
        var put = request.Put;
        using var turn = await engine.Locks.LockAsync(put.Bucket, put.Key, ct);
        return await engine.Transactions.RunAsync<WriteResult>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, put.Bucket, ct);
            if (bucket is null || bucket.Id != handle.Bucket.Id) return ObjectFault.NoSuchBucket;
            if (bucket.Versioning != (uint)VersioningState.Unversioned) return ObjectFault.InvalidBucketState;
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            if (versions.Current is not { } current) return ObjectFault.InvalidWriteOffset;
            if (Check(request, current) is { } refused) return refused;
            // As long, but another one, or with other tags.
            if (!current.Equals(handle.Record)) return ObjectFault.ConditionalRequestConflict;

            var part = PartOf(tail, algorithm, now);
            var record = Grown(current, head, tail, part, algorithm, now);
            record.Sequence = await versions.NextSequenceAsync(ct);
            var manifest = await FindOwnManifestAsync(transaction, current, ct);
            var grown = manifest is null || head is not null
                ? await BeginManifestAsync(transaction, versions, bucket, key, current, record, head, tail, part, algorithm, ct)
                : await GrowManifestAsync(transaction, versions, manifest, record, tail, part, ct);
            if (!grown) return ObjectFault.TooManyParts;
            versions.WriteCounters(record.Nonce);
            await engine.Changes.AddAsync(transaction, bucket, versions, new Change(put.Bucket, key, ChangeKind.CreatedByPut, record, now, put.Origin), ct);
            if (await Journal.AppendAsync(engine, transaction, put.Bucket, bucket, JournalEntry.Of("REST.PUT.OBJECT", put.Key, record), now, ct) is { } unrecorded) return unrecorded;
            return record.ToWriteResult(VersioningState.Unversioned) with { Expiration = versions.ExpirationOf(record) };
        }, ct);
    }

    /// <summary>The version behind the append, but for its sequence and its content.</summary>
    private VersionRecord Grown(VersionRecord current, WrittenContent? head, WrittenContent tail, ManifestPart part, ChecksumAlgorithm algorithm, ulong now)
    {
        var record = current.Clone();
        record.Nonce = engine.Ids.NextNonce();
        record.ModifiedTicks = now;
        record.RenameToken = ByteString.Empty;
        record.Replication = null;
        record.Length = current.Length + (ulong)tail.PlainLengthBytes;
        var stored = new StoredLengths();
        var (headMethod, headLength) = head?.Compression ?? (current.Compression, current.StoredLength);
        stored.Add(headMethod, headLength, current.Length);
        stored.Add(tail.Compression.Method, tail.Compression.StoredLength, (ulong)tail.PlainLengthBytes);
        (record.Compression, record.StoredLength) = stored.Sum;
        record.Checksum = Combine(current, tail, algorithm);
        // Says what was appended to what: equal for equal histories, and found without reading the parts before.
        record.Etag = ByteString.CopyFrom(MD5.HashData([.. current.Etag.Span, .. part.Etag.Span]));
        record.PartCount = current.Length == 0 && current.PartCount == 0 ? 1 : Math.Max(current.PartCount, 1) + 1;
        record.Flags &= (uint)VersionFlags.Null;
        if (record.Encryption is { } encryption) encryption.InlineSalt = ByteString.Empty;
        return record;
    }

    /// <summary>The manifest that only this version holds; null if it has none of its own.</summary>
    private static async ValueTask<ContentRecord?> FindOwnManifestAsync(IKvTransaction transaction, VersionRecord current, CancellationToken ct)
    {
        if (!current.Has(VersionFlags.OwnsContent)) return null;
        var id = ContentId.FromField(current.ContentId);
        var content = await transaction.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct)
            ?? throw new KvException(KvFault.Corrupt, $"Content {id} has no row.");
        return content.Kind == ContentKinds.Manifest && content.Manifest.Count > 0 && await transaction.IsEmptyAsync(SchemaKeys.References(id), ct) ? content : null;
    }

    /// <summary>False when the last part has the last number.</summary>
    private static async ValueTask<bool> GrowManifestAsync(
        IKvTransaction transaction, KeyVersions versions, ContentRecord manifest, VersionRecord record, WrittenContent tail, ManifestPart part, CancellationToken ct)
    {
        var id = ContentId.FromField(record.ContentId);
        if (manifest.Manifest[^1].LastPartNumber >= MaxParts) return false;
        part.PartNumber = manifest.Manifest[^1].LastPartNumber + 1;
        part.EndOffset = record.Length;
        if (manifest.Manifest[^1].PartCount >= ManifestContent.PartsPerRow) manifest.Manifest.Add(new ManifestChunkEnd());
        var row = SchemaKeys.Manifest(id, (uint)(manifest.Manifest.Count - 1));
        var last = manifest.Manifest[^1];
        var chunk = last.PartCount == 0
            ? new ManifestChunk()
            : await transaction.GetRecordAsync(row, ManifestChunk.Parser, ct) ?? throw new KvException(KvFault.Corrupt, $"Manifest {id} lacks its last row.");
        chunk.Parts.Add(part);
        transaction.PutRecord(row, chunk);
        (last.EndOffset, last.LastPartNumber, last.PartCount) = (part.EndOffset, part.PartNumber, (uint)chunk.Parts.Count);
        manifest.Length = record.Length;
        manifest.Owner.Sequence = record.Sequence;
        transaction.PutRecord(SchemaKeys.Content(id), manifest);
        PutPart(transaction, id, tail, part, record.ModifiedTicks);
        record.Flags |= (uint)VersionFlags.OwnsContent;
        versions.GrowCurrent(record);
        return true;
    }

    /// <summary>A new manifest: what is there as the first part, and what is appended.</summary>
    private async ValueTask<bool> BeginManifestAsync(
        IKvTransaction transaction, KeyVersions versions, BucketRecord bucket, byte[] key, VersionRecord current, VersionRecord record,
        WrittenContent? head, WrittenContent tail, ManifestPart part, ChecksumAlgorithm algorithm, CancellationToken ct)
    {
        var id = engine.Ids.Next();
        var chunk = new ManifestChunk();
        var depth = 0u;
        if (head is not null)
        {
            var moved = PartOf(head, algorithm, current.ModifiedTicks);
            (moved.PartNumber, moved.EndOffset) = (1, moved.Length);
            chunk.Parts.Add(moved);
            PutPart(transaction, id, head, moved, record.ModifiedTicks);
        }
        else if (current.Length > 0)
        {
            var old = ContentId.FromField(current.ContentId);
            var content = await transaction.GetRecordAsync(SchemaKeys.Content(old), ContentRecord.Parser, ct)
                ?? throw new KvException(KvFault.Corrupt, $"Content {old} has no row.");
            var slice = new ManifestPart
            {
                PartNumber = 1, EndOffset = current.Length, Length = current.Length, ContentId = current.ContentId, Etag = current.Etag,
                Checksum = algorithm == ChecksumAlgorithm.None ? null : current.Checksum, ModifiedTicks = current.ModifiedTicks, Reference = engine.Ids.NextNonce(),
            };
            chunk.Parts.Add(slice);
            versions.References.Add(SchemaKeys.ReferenceByPart(old, id, 1, slice.Reference));
            depth = content.Depth;
        }

        (part.PartNumber, part.EndOffset) = ((uint)chunk.Parts.Count + 1, record.Length);
        chunk.Parts.Add(part);
        PutPart(transaction, id, tail, part, record.ModifiedTicks);
        var manifest = new ContentRecord
        {
            Kind = ContentKinds.Manifest, ChunkCount = 1, Depth = depth + 1, Length = record.Length,
            Owner = new ContentOwner { BucketId = bucket.Id, Key = ByteString.CopyFrom(key), Sequence = record.Sequence },
            Manifest = { new ManifestChunkEnd { EndOffset = record.Length, LastPartNumber = part.PartNumber, PartCount = (uint)chunk.Parts.Count } },
        };
        transaction.PutRecord(SchemaKeys.Content(id), manifest);
        transaction.PutRecord(SchemaKeys.Manifest(id, 0), chunk);
        record.ContentId = ByteString.CopyFrom(id.ToBytes());
        record.Flags |= (uint)VersionFlags.OwnsContent;
        record.PartCount = (uint)chunk.Parts.Count;
        versions.KeepAnnotationsOf(current);
        await versions.InsertAsync(record, ct);
        return true;
    }

    private static void PutPart(IKvTransaction transaction, ContentId manifest, WrittenContent content, ManifestPart part, ulong now)
    {
        var owner = new ContentOwner { Upload = ByteString.CopyFrom(manifest.ToBytes()), PartNumber = part.PartNumber };
        ContentRows.Put(transaction, content, owner, now);
    }

    private static ManifestPart PartOf(WrittenContent content, ChecksumAlgorithm algorithm, ulong modifiedTicks) => new()
    {
        Length = (ulong)content.PlainLengthBytes,
        ContentId = ByteString.CopyFrom(content.Id.ToBytes()),
        Etag = content.ETag,
        Checksum = ObjectInfos.ToRecord(content.Checksum(algorithm)),
        ModifiedTicks = modifiedTicks,
    };

    // Only the CRC of a whole follows from those of its parts.
    private static ChecksumAlgorithm CombinableOf(ChecksumRecord? checksum) =>
        checksum is { Type: (uint)ChecksumType.FullObject }
            && (ChecksumAlgorithm)checksum.Algorithm is var algorithm and (ChecksumAlgorithm.Crc32 or ChecksumAlgorithm.Crc32C or ChecksumAlgorithm.Crc64Nvme)
            ? algorithm
            : ChecksumAlgorithm.None;

    private static ChecksumRecord? Combine(VersionRecord current, WrittenContent tail, ChecksumAlgorithm algorithm)
    {
        if (algorithm == ChecksumAlgorithm.None || tail.Checksum(algorithm) is not { } added) return null;
        var whole = PartChecksums.Begin(algorithm, ChecksumType.FullObject)!;
        whole.Append(current.Checksum.Value.Span, (long)current.Length);
        whole.Append(added.Value.Span, tail.PlainLengthBytes);
        return ObjectInfos.ToRecord(whole.Finish(0));
    }
}
