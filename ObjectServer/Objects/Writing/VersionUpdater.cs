using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <param name="VersionId">Null: the current version.</param>
internal sealed record VersionTarget(string Bucket, string Key, string? VersionId)
{
    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <summary>
/// Changes what is kept beside a version's bytes: tags, ACL, lock and the key that wraps its data key. One transaction each; the version stays the same one,
/// with its id and its time. Answers with the version as it is then.
/// </summary>
internal sealed class VersionUpdater(ObjectEngine engine)
{
    // Of many versions it is much: it must not take the room that deletes need.
    private static Failure Full => new(ObjectFault.StorageFull);

    private delegate Failure? Edit(BucketRecord bucket, VersionRecord record, ulong nowTicks);

    public ValueTask<Result<ObjectInfo>> SetTagsAsync(VersionTarget target, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken ct) =>
        SetTagsAsync(target, ChangeKind.TagsPut, tags, ct);

    public ValueTask<Result<ObjectInfo>> RemoveTagsAsync(VersionTarget target, CancellationToken ct) => SetTagsAsync(target, ChangeKind.TagsRemoved, [], ct);

    private ValueTask<Result<ObjectInfo>> SetTagsAsync(VersionTarget target, ChangeKind kind, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken ct) =>
        UpdateAsync(target, kind, (_, record, _) =>
        {
            if (tags.Count > 0 && !engine.HasRoom()) return Full;
            var headers = ObjectInfos.ToHeaders(record.Headers) with { Tags = tags };
            record.Headers = ObjectInfos.ToRecord(headers);
            return null;
        }, ct);

    /// <param name="acl">Opaque here; empty is the owner's default.</param>
    public ValueTask<Result<ObjectInfo>> SetAclAsync(VersionTarget target, ReadOnlyMemory<byte> acl, CancellationToken ct) =>
        UpdateAsync(target, ChangeKind.AclPut, (_, record, _) =>
        {
            if (!acl.IsEmpty && !engine.HasRoom()) return Full;
            record.Acl = ObjectInfos.ToField(acl);
            return null;
        }, ct);

    /// <summary>
    /// Default removes it. <see cref="ObjectFault.ObjectLocked"/> where the retention that stands does not allow it,
    /// <see cref="ObjectFault.ObjectLockNotEnabled"/> in a bucket without object lock.
    /// </summary>
    public ValueTask<Result<ObjectInfo>> SetRetentionAsync(VersionTarget target, Retention retention, bool bypassGovernance, CancellationToken ct) =>
        UpdateAsync(target, ChangeKind.RetentionPut, (bucket, record, now) =>
        {
            if (!bucket.ObjectLock) return new Failure(ObjectFault.ObjectLockNotEnabled);
            if (LockRules.CheckChange(record, retention, bypassGovernance, now) is { } refused) return refused;
            LockRules.SetRetention(record, retention);
            return null;
        }, ct);

    public ValueTask<Result<ObjectInfo>> SetLegalHoldAsync(VersionTarget target, bool on, CancellationToken ct) =>
        UpdateAsync(target, ChangeKind.LegalHoldPut, (bucket, record, _) =>
        {
            if (!bucket.ObjectLock) return new Failure(ObjectFault.ObjectLockNotEnabled);
            record.LegalHold = (uint)(on ? LegalHold.On : LegalHold.Off);
            return null;
        }, ct);

    /// <summary>
    /// Wraps the data key of a version anew; its bytes stay, and so do its times, its ETag and its encryption context.
    /// <see cref="ObjectFault.EncryptionNotUpdatable"/> of what is not sealed under a key of the manager, <see cref="ObjectFault.ObjectLocked"/> of what is locked.
    /// </summary>
    /// <remarks>The key manager is asked outside of the transaction, which takes its answer only for the version that it was asked about.</remarks>
    /// <param name="keyId">Whose current key is to wrap it, also if it is the one that did.</param>
    public async ValueTask<Result<ObjectInfo>> SetManagedKeyAsync(VersionTarget target, string keyId, bool bucketKey, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(target.Key, out var key)) return ObjectFault.InvalidKey;
        if (!engine.HasRoom()) return Full;
        for (var attempt = 0; attempt < engine.Options.MaxAttempts; attempt++)
        {
            var found = await FindAsync(target, key, ct);
            if (!found.IsOk) return found.Failure;
            var seen = found.Value;
            if (CheckRewrap(seen, engine.NowTicks()) is { } early) return early;
            var wrapped = await WrapAnewAsync(seen.Encryption, keyId, bucketKey, ct);
            if (!wrapped.IsOk) return wrapped.Failure;
            var annotations = await WrapAnnotationsAnewAsync(seen, keyId, bucketKey, ct);
            // They have changed since.
            if (annotations.Fault == ObjectFault.ConditionalRequestConflict) continue;
            if (!annotations.IsOk) return annotations.Failure;
            var isOther = false;
            var updated = await UpdateAsync(target, ChangeKind.EncryptionUpdated, (_, record, now) =>
            {
                isOther = !record.Equals(seen);
                if (isOther) return new Failure(ObjectFault.ConditionalRequestConflict);
                if (CheckRewrap(record, now) is { } refused) return refused;
                record.Encryption = wrapped.Value;
                return null;
            }, ct, transaction =>
            {
                // No annotation changes without the version's row, which is still the one that was seen.
                foreach (var (row, annotation) in annotations.Value) transaction.PutRecord(row, annotation);
            });
            if (!isOther) return updated;
        }
        return ObjectFault.ConditionalRequestConflict;
    }

    private async ValueTask<Result<VersionRecord>> FindAsync(VersionTarget target, byte[] key, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        if (await ObjectEngine.GetBucketAsync(snapshot, target.Bucket, ct) is not { } bucket) return ObjectFault.NoSuchBucket;
        return await ObjectReader.FindRecordAsync(snapshot, bucket, key, target.VersionId, ct);
    }

    // Source: S3 API Reference, UpdateObjectEncryption, "Errors": also a governance retention is in the way, whoever asks.
    private static Failure? CheckRewrap(VersionRecord record, ulong nowTicks)
    {
        if ((EncryptionMethod)(record.Encryption?.Method ?? 0) is not (EncryptionMethod.StoreKey or EncryptionMethod.ManagedKey))
            return new Failure(ObjectFault.EncryptionNotUpdatable);
        return LockRules.CheckDelete(record, bypassGovernance: false, nowTicks);
    }

    private async ValueTask<Result<EncryptionRecord>> WrapAnewAsync(EncryptionRecord record, string keyId, bool bucketKey, CancellationToken ct)
    {
        var opened = await engine.Keys.OpenAsync(record, customerKey: null, ct);
        if (!opened.IsOk) return opened.Failure;
        using var seal = opened.Value!;
        var request = new EncryptionRequest { Method = EncryptionMethod.ManagedKey, KeyId = keyId, Context = record.Context, BucketKey = bucketKey };
        return await engine.Keys.RewrapAsync(seal, record, request, ct);
    }

    /// <summary>The rows of a version's annotations, which follow it to its key. <see cref="ObjectFault.ConditionalRequestConflict"/> if they are not those of the version.</summary>
    private async ValueTask<Result<List<(byte[] Row, AnnotationRecord Record)>>> WrapAnnotationsAnewAsync(VersionRecord version, string keyId, bool bucketKey, CancellationToken ct)
    {
        var rows = new List<(byte[] Row, AnnotationRecord Record)>();
        if (version.Annotations is not { } set) return rows;
        List<(byte[] Name, AnnotationRecord Record)>? all;
        using (var snapshot = engine.Store.Snapshot()) all = await AnnotationRows.ReadAllAsync(snapshot, set, ct);
        if (all is null) return ObjectFault.ConditionalRequestConflict;
        foreach (var (name, record) in all)
        {
            var wrapped = await WrapAnewAsync(record.Encryption, keyId, bucketKey, ct);
            if (!wrapped.IsOk) return wrapped.Failure;
            record.Encryption = wrapped.Value;
            rows.Add((SchemaKeys.Annotation(ContentId.FromField(set.Id), name), record));
        }
        return rows;
    }

    // As log records name them.
    internal static string OperationOf(ChangeKind kind) => kind switch
    {
        ChangeKind.AclPut => "REST.PUT.ACL",
        ChangeKind.RetentionPut => "REST.PUT.RETENTION",
        ChangeKind.LegalHoldPut => "REST.PUT.LEGAL_HOLD",
        ChangeKind.EncryptionUpdated => "REST.PUT.ENCRYPTION",
        ChangeKind.TagsRemoved => "REST.DELETE.OBJECT_TAGGING",
        _ => "REST.PUT.OBJECT_TAGGING",
    };

    private async ValueTask<Result<ObjectInfo>> UpdateAsync(VersionTarget target, ChangeKind kind, Edit edit, CancellationToken ct, Action<IKvTransaction>? also = null)
    {
        if (!ObjectEngine.TryEncodeKey(target.Key, out var key)) return ObjectFault.InvalidKey;
        using var turn = await engine.Locks.LockAsync(target.Bucket, target.Key, ct);
        return await engine.Transactions.RunAsync<ObjectInfo>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, target.Bucket, ct);
            if (bucket is null) return ObjectFault.NoSuchBucket;
            var found = await ObjectReader.FindRecordAsync(transaction, bucket, key, target.VersionId, ct);
            if (!found.IsOk) return found.Failure;
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            var record = found.Value;
            var aclBefore = record.Acl;
            if (edit(bucket, record, now) is { } refused) return refused;
            ReplicationMarks.NoteChange(record, ReplicaPartsOf.Change(kind), now);
            versions.Replace(record);
            also?.Invoke(transaction);
            // S3: "An event is not generated when a request results in no change to an object's ACL."
            if (kind != ChangeKind.AclPut || !aclBefore.Equals(record.Acl))
                await engine.Changes.AddAsync(transaction, bucket, versions, new Change(target.Bucket, key, kind, record, now, target.Origin), ct);
            var entry = JournalEntry.Of(OperationOf(kind), target.Key, record) with { IsRequired = kind != ChangeKind.TagsRemoved };
            if (await Journal.AppendAsync(engine, transaction, target.Bucket, bucket, entry, now, ct) is { } unrecorded) return unrecorded;
            var isLatest = versions.Current?.Sequence == record.Sequence;
            return record.ToInfo(target.Bucket, target.Key, (VersioningState)bucket.Versioning, isLatest);
        }, ct);
    }
}
