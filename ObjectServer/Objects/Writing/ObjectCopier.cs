using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>Copies by reference: no bytes move, except inlined ones and where the scheme changes.</summary>
internal sealed class ObjectCopier(ObjectEngine engine, ObjectReader reader, ObjectWriter writer)
{
    private readonly ContentWriter _contents = new(engine);
    private readonly AnnotationCopier _annotations = new(engine);

    /// <summary><see cref="ObjectFault.PreconditionFailed"/> also for the source's conditions; <see cref="ObjectFault.NoSuchBucket"/>, NoSuchKey and NoSuchVersion also for the source.</summary>
    public async ValueTask<Result<CopyResult>> CopyAsync(CopyRequest request, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.InvalidKey;
        if (IsPointless(request)) return ObjectFault.CopyOntoItself;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        for (var attempt = 0; attempt < engine.Options.MaxAttempts; attempt++)
        {
            var opened = await CopySources.OpenAsync(reader, request.SourceBucket, request.SourceKey, request.SourceVersionId, request.SourceConditions, request.SourceCustomerKey, ct);
            if (!opened.IsOk) return opened.Failure;
            using var source = opened.Value;
            try
            {
                var written = await CopyOnceAsync(request, key, source, ct);
                if (!written.IsOk) return written.Failure;
                if (written.Value is { } result) return new CopyResult(result, CopySources.VersionIdOf(source));
            }
            catch (BlobStoreException e)
            {
                return WriteFaults.ToFailure(e);
            }
        }
        return ObjectFault.ConditionalRequestConflict;
    }

    /// <summary>Null when the source was replaced meanwhile: open it anew.</summary>
    private async ValueTask<Result<WriteResult?>> CopyOnceAsync(CopyRequest request, byte[] key, ObjectHandle source, CancellationToken ct)
    {
        var found = await FindBucketAsync(request.Bucket, key, request.ExcludesAnnotations ? source.Info.LengthBytes : BucketCounters.BytesOf(source.Record), ct);
        if (!found.IsOk) return found.Failure;
        var bucket = found.Value;
        var wanted = Keyring.Choose(request.Encryption, bucket);
        if (!wanted.IsOk) return wanted.Failure;
        var chosen = engine.Classes.Choose(request.StorageClass, bucket);
        if (!chosen.IsOk) return chosen.Failure;
        var scheme = request.Scheme ?? chosen.Value.Scheme ?? engine.Blobs.DefaultScheme;
        var isOther = scheme != (engine.Classes.SchemeOf(source.Record.StorageClass) ?? engine.Blobs.DefaultScheme);
        request = request with { StorageClass = chosen.Value.Name, Scheme = scheme };
        var prepared = request.ExcludesAnnotations ? (AnnotationCopy?)null : await _annotations.PrepareAsync(source, wanted.Value, scheme, request.Bucket, key, ct);
        // They have changed since: they are read again with the version.
        if (prepared.Fault == ObjectFault.ConditionalRequestConflict) return (WriteResult?)null;
        if (!prepared.IsOk) return prepared.Failure;
        using var annotations = prepared.Value;
        try
        {
            var copied = await CopyWithAsync(request, bucket, key, source, wanted.Value, annotations, isOther, ct);
            annotations?.Conclude(copied is { IsOk: true, Value: null } ? ObjectFault.ConditionalRequestConflict : copied.Fault);
            return copied;
        }
        catch (Exception e) when (e is not KvException)
        {
            // The commit is never cancelled half way: nothing was written.
            annotations?.Discard();
            throw;
        }
    }

    private async ValueTask<Result<WriteResult?>> CopyWithAsync(
        CopyRequest request, BucketRecord bucket, byte[] key, ObjectHandle source, EncryptionRequest? wanted, AnnotationCopy? annotations, bool isOther, CancellationToken ct)
    {
        var scheme = request.Scheme ?? engine.Blobs.DefaultScheme;
        // Sealed bytes stay as they are under another wrapping of their data key; plain ones cannot.
        var moves = source.Content.IsNone
            || source.IsReadThrough
            || (source.Seal is null) != (wanted is null)
            || NeedsMd5(source.Record, wanted)
            // What a customer's key seals is never compressed.
            || (wanted?.Method == EncryptionMethod.CustomerKey && source.Record.Compression != 0)
            || (isOther && !await (await source.OpenAsync(ct)).UsesSchemeAsync(scheme, ct));
        if (moves)
        {
            var rewritten = await RewriteAsync(request, bucket, key, source, wanted, annotations, ct);
            return rewritten.IsOk ? rewritten.Value : rewritten.Failure;
        }
        var checksum = source.Record.Checksum;
        if (request.StoredChecksum != ChecksumAlgorithm.None && request.StoredChecksum != source.Info.Checksum?.Algorithm)
        {
            var digests = await CopySources.DigestAsync(engine, source, 0, source.Info.LengthBytes, request.StoredChecksum, ct);
            digests.TryGet(request.StoredChecksum, out var value);
            checksum = ObjectInfos.ToRecord(new ObjectChecksum(request.StoredChecksum, ChecksumType.FullObject, value));
        }
        var encryption = default(EncryptionRecord);
        if (source.Seal is { } seal)
        {
            var wrapped = await engine.Keys.RewrapAsync(seal, source.Record.Encryption, wanted!, ct);
            if (!wrapped.IsOk) return wrapped.Failure;
            encryption = wrapped.Value;
        }
        return await ShareAsync(request, bucket.Id, key, source, checksum, encryption, annotations, ct);
    }

    private async ValueTask<Result<WriteResult>> RewriteAsync(
        CopyRequest request, BucketRecord bucket, byte[] key, ObjectHandle source, EncryptionRequest? wanted, AnnotationCopy? annotations, CancellationToken ct)
    {
        var stored = request.StoredChecksum != ChecksumAlgorithm.None ? request.StoredChecksum : source.Info.Checksum?.Algorithm ?? ChecksumAlgorithm.None;
        var created = await engine.Keys.CreateAsync(wanted, ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        await using var body = new HandleSource(source, 0, source.Info.LengthBytes, default, ct);
        var tag = new SalvageTag { Bucket = request.Bucket, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks() };
        var compression = CompressionRules.Choose(bucket, request.ReplaceHeaders ?? source.Info.Headers, key);
        using var content = await _contents.WriteAsync(body, request.Scheme ?? engine.Blobs.DefaultScheme, engine.Options.InlineLimitBytes, stored, tag, dataKey, compression, ct);
        var template = Template(request, source, ObjectInfos.ToRecord(content.Checksum(stored)));
        template.Etag = content.ETag;
        template.Encryption = content.Encryption;
        template.PartCount = 0;
        template.ContentId = ByteString.Empty;
        return await writer.CommitAsync(request.Bucket, bucket.Id, request.Key, key, request.Conditions, request.Lock, template, content, ChangeKind.CreatedByCopy, request.Origin, ct, annotations: annotations);
    }

    /// <summary>The bucket, or why nothing of that length can be written there now.</summary>
    private async ValueTask<Result<BucketRecord>> FindBucketAsync(string name, byte[] key, long lengthBytes, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        if (await ObjectEngine.GetBucketAsync(snapshot, name, ct) is not { } bucket) return ObjectFault.NoSuchBucket;
        return await QuotaRules.CheckObjectAsync(snapshot, bucket, key, lengthBytes, ct) is { } exceeded ? exceeded : bucket;
    }

    private async ValueTask<Result<WriteResult?>> ShareAsync(
        CopyRequest request, ulong bucketId, byte[] key, ObjectHandle source, ChecksumRecord? checksum, EncryptionRecord? encryption,
        AnnotationCopy? annotations, CancellationToken ct)
    {
        using var turn = await engine.Locks.LockAsync(request.Bucket, request.Key, ct);
        return await engine.Transactions.RunAsync<WriteResult?>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, request.Bucket, ct);
            // One of the same name that was made since is another, with other rules of encryption and owners.
            if (bucket is null || bucket.Id != bucketId) return ObjectFault.NoSuchBucket;
            if (!await CopySources.StandsAsync(transaction, request.SourceBucket, request.SourceKey, request.SourceVersionId, source, ct)) return (WriteResult?)null;
            var now = engine.NowTicks();
            if (LockRules.CheckNew(bucket, request.Lock, now) is { } refused) return refused;
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            if (ConditionRules.Check(request.Conditions, versions.Current) is { } failure) return failure;

            var record = Template(request, source, checksum);
            record.Encryption = encryption;
            record.Sequence = await versions.NextSequenceAsync(ct);
            record.ModifiedTicks = now;
            LockRules.Apply(bucket, request.Lock, record, now);
            versions.References.Add(SchemaKeys.ReferenceByVersion(source.Content, bucket.Id, key, record.Sequence));
            if (annotations is not null && await annotations.PutAsync(transaction, record, now, ct) is { } changed) return changed;
            await versions.InsertAsync(record, ct);
            versions.WriteCounters(record.Nonce);
            await engine.Changes.AddAsync(transaction, bucket, versions, new Change(request.Bucket, key, ChangeKind.CreatedByCopy, record, now, request.Origin), ct);
            if (await Journal.AppendAsync(engine, transaction, request.Bucket, bucket, JournalEntry.Of("REST.PUT.OBJECT", request.Key, record), now, ct) is { } unrecorded) return unrecorded;
            return record.ToWriteResult((VersioningState)bucket.Versioning) with { Expiration = versions.ExpirationOf(record) };
        }, ct);
    }

    private VersionRecord Template(CopyRequest request, ObjectHandle source, ChecksumRecord? checksum)
    {
        var record = source.Record.Clone();
        record.Nonce = engine.Ids.NextNonce();
        record.Flags = (uint)VersionFlags.None;
        record.RenameToken = ByteString.Empty;
        record.Annotations = null;
        record.Replication = null;
        // A copy's bytes are here.
        record.ContentId = ObjectInfos.ToField(source.Content.IsNone ? default : source.Content.ToBytes());
        (record.Tier, record.Restore) = (null, null);
        record.OwnerId = request.OwnerId ?? "";
        record.StorageClass = request.StorageClass ?? "";
        record.Checksum = checksum;
        record.Acl = ObjectInfos.ToField(request.Acl);
        // The source's lock stays with the source.
        LockRules.SetRetention(record, default);
        record.LegalHold = (uint)LegalHold.None;
        var headers = request.ReplaceHeaders ?? source.Info.Headers;
        record.Headers = ObjectInfos.ToRecord(headers with { Tags = request.ReplaceTags ?? source.Info.Headers.Tags });
        return record;
    }

    /// <summary>Clients compare the ETag of what is under SSE-S3 with the MD5 of its bytes, which the ETag of other methods does not tell.</summary>
    private static bool NeedsMd5(VersionRecord source, EncryptionRequest? wanted) =>
        wanted?.Method == EncryptionMethod.StoreKey && source.PartCount == 0 && source.Encryption is { } encryption && encryption.Method != (uint)EncryptionMethod.StoreKey;

    private static bool IsPointless(CopyRequest request) =>
        string.Equals(request.SourceBucket, request.Bucket, StringComparison.Ordinal)
        && string.Equals(request.SourceKey, request.Key, StringComparison.Ordinal)
        && request is { SourceVersionId: null, ReplaceHeaders: null, ReplaceTags: null, StorageClass: null, Scheme: null, StoredChecksum: ChecksumAlgorithm.None, Encryption: null };
}
