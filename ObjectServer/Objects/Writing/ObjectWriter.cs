using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Writes whole objects: body to durable blobs (or into the row, when small), then one transaction.</summary>
internal sealed class ObjectWriter(ObjectEngine engine)
{
    private readonly ContentWriter _contents = new(engine);

    /// <summary>Durable and visible when it succeeds; nothing of it is visible otherwise, except after <see cref="ObjectFault.UnknownOutcome"/>.</summary>
    public async ValueTask<Result<WriteResult>> PutAsync(PutRequest request, IContentSource source, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.InvalidKey;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        // Before the body is taken: a refusal that is certain already should cost nothing.
        var target = await RefuseEarlyAsync(request, key, source.LengthBytes ?? 0, ct);
        if (!target.IsOk) return target.Failure;
        var chosen = engine.Classes.Choose(request.StorageClass, target.Value);
        if (!chosen.IsOk) return chosen.Failure;
        request = request with { StorageClass = chosen.Value.Name };
        var wanted = Keyring.Choose(request.Encryption, target.Value);
        if (!wanted.IsOk) return wanted.Failure;
        var created = await engine.Keys.CreateAsync(wanted.Value, ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        try
        {
            var scheme = request.Scheme ?? chosen.Value.Scheme ?? engine.Blobs.DefaultScheme;
            using var content = await _contents.WriteAsync(
                source, scheme, engine.Options.InlineLimitBytes, request.StoredChecksum, TagOf(request, key), dataKey, CompressionRules.Choose(target.Value, request.Headers, key), ct);
            return await CommitAsync(request, target.Value.Id, key, content, ct);
        }
        catch (ContentSourceException e)
        {
            return e.Failure;
        }
        catch (BlobStoreException e) when (e.Fault is BlobStoreFault.TooFewDrives or BlobStoreFault.NoSpace)
        {
            return WriteFaults.ToFailure(e);
        }
    }

    private async ValueTask<Result<WriteResult>> CommitAsync(PutRequest request, ulong bucketId, byte[] key, WrittenContent content, CancellationToken ct)
    {
        var record = new VersionRecord
        {
            Nonce = engine.Ids.NextNonce(),
            Length = (ulong)content.PlainLengthBytes,
            Etag = content.ETag,
            StorageClass = request.StorageClass ?? "",
            OwnerId = request.OwnerId ?? "",
            Checksum = ObjectInfos.ToRecord(content.Checksum(request.StoredChecksum)),
            Headers = ObjectInfos.ToRecord(request.Headers),
            Acl = ObjectInfos.ToField(request.Acl),
            Encryption = content.Encryption,
        };
        var kind = request.IsForm ? ChangeKind.CreatedByPost : ChangeKind.CreatedByPut;
        return await CommitAsync(request.Bucket, bucketId, request.Key, key, request.Conditions, request.Lock, record, content, kind, request.Origin, ct, request.Also);
    }

    /// <summary>
    /// The one transaction that makes a written body a version. Frees the body's blobs if it surely failed. A bucket of the
    /// same name that was made since the call began is another one: the caller was let into the old.
    /// </summary>
    internal async ValueTask<Result<WriteResult>> CommitAsync(
        string bucketName, ulong bucketId, string keyName, byte[] key, WriteConditions conditions, ObjectLock wanted, VersionRecord template,
        WrittenContent content, ChangeKind kind, ChangeOrigin origin, CancellationToken ct, Func<IKvTransaction, ValueTask<Failure?>>? also = null,
        AnnotationCopy? annotations = null)
    {
        Result<WriteResult> result;
        try
        {
            using var turn = await engine.Locks.LockAsync(bucketName, keyName, ct);
            result = await engine.Transactions.RunAsync<WriteResult>(async transaction =>
            {
                var bucket = await ObjectEngine.GetBucketAsync(transaction, bucketName, ct);
                if (bucket is null || bucket.Id != bucketId) return ObjectFault.NoSuchBucket;
                var now = engine.NowTicks();
                if (LockRules.CheckNew(bucket, wanted, now) is { } refused) return refused;
                var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
                if (ConditionRules.Check(conditions, versions.Current) is { } failure) return failure;

                var record = template.Clone();
                record.Sequence = await versions.NextSequenceAsync(ct);
                record.ModifiedTicks = now;
                LockRules.Apply(bucket, wanted, record, now);
                PutContent(transaction, bucket, key, record, content, now);
                if (annotations is not null && await annotations.PutAsync(transaction, record, now, ct) is { } changed) return changed;
                await versions.InsertAsync(record, ct);
                versions.WriteCounters(record.Nonce);
                await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, key, kind, record, now, origin), ct);
                var undone = also is not null ? await also(transaction) : await Journal.AppendAsync(engine, transaction, bucketName, bucket, JournalEntry.Of("REST.PUT.OBJECT", keyName, record), now, ct);
                if (undone is not null) return undone;
                return record.ToWriteResult((VersioningState)bucket.Versioning) with { Expiration = versions.ExpirationOf(record) };
            }, ct);
        }
        catch (Exception e) when (e is not KvException)
        {
            // The commit is never cancelled half way: nothing was written.
            content.Discard();
            throw;
        }
        content.Conclude(result.Fault);
        return result;
    }

    internal static void PutContent(IKvTransaction transaction, BucketRecord bucket, byte[] key, VersionRecord record, WrittenContent content, ulong now)
    {
        (record.Compression, record.StoredLength) = content.Compression;
        if (content.Inline is { } inline)
        {
            if (inline.Length == 0) return;
            if (record.Encryption is { } encryption) encryption.InlineSalt = ByteString.CopyFrom(content.Id.ToBytes());
            record.Flags |= (uint)VersionFlags.Inline;
            transaction.Put(SchemaKeys.Inline(bucket.Id, key, record.Sequence), inline);
            return;
        }
        record.Flags |= (uint)VersionFlags.OwnsContent;
        record.ContentId = ByteString.CopyFrom(content.Id.ToBytes());
        var owner = new ContentOwner { BucketId = bucket.Id, Key = ByteString.CopyFrom(key), Sequence = record.Sequence };
        ContentRows.Put(transaction, content, owner, now);
    }

    /// <summary>The bucket, or why the call is sure to fail.</summary>
    private async ValueTask<Result<BucketRecord>> RefuseEarlyAsync(PutRequest request, byte[] key, long lengthBytes, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        if (LockRules.CheckNew(bucket, request.Lock, engine.NowTicks()) is { } refused) return refused;
        if (request.Conditions.IsSet && ConditionRules.Check(request.Conditions, await VersionRows.GetCurrentAsync(snapshot, bucket.Id, key, ct)) is { } failure) return failure;
        return await QuotaRules.CheckObjectAsync(snapshot, bucket, key, lengthBytes, ct) is { } exceeded ? exceeded : bucket;
    }

    private SalvageTag TagOf(PutRequest request, byte[] key) => new()
    {
        Bucket = request.Bucket,
        Key = ByteString.CopyFrom(key),
        WrittenTicks = engine.NowTicks(),
        Headers = ObjectInfos.ToRecord(request.Headers),
    };
}

internal static class WriteFaults
{
    public static Failure ToFailure(BlobStoreException e) => new(e.Fault switch
    {
        BlobStoreFault.NoSpace => ObjectFault.StorageFull,
        BlobStoreFault.Unreadable => ObjectFault.Unreadable,
        _ => ObjectFault.ServiceUnavailable,
    })
    {
        Message = e.Message,
    };
}
