using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <param name="VersionId">Null: the current version.</param>
internal sealed record VersionTarget(string Bucket, string Key, string? VersionId)
{
    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <summary>
/// Changes what is kept beside a version's bytes: tags, ACL and lock. One transaction each; the version stays the same one,
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

    // As log records name them.
    private static string OperationOf(ChangeKind kind) => kind switch
    {
        ChangeKind.AclPut => "REST.PUT.ACL",
        ChangeKind.RetentionPut => "REST.PUT.RETENTION",
        ChangeKind.LegalHoldPut => "REST.PUT.LEGAL_HOLD",
        ChangeKind.TagsRemoved => "REST.DELETE.OBJECT_TAGGING",
        _ => "REST.PUT.OBJECT_TAGGING",
    };

    private async ValueTask<Result<ObjectInfo>> UpdateAsync(VersionTarget target, ChangeKind kind, Edit edit, CancellationToken ct)
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
            versions.Replace(record);
            // S3: "An event is not generated when a request results in no change to an object's ACL."
            if (kind != ChangeKind.AclPut || !aclBefore.Equals(record.Acl))
                await engine.Changes.AddAsync(transaction, bucket, new Change(target.Bucket, key, kind, record, now, target.Origin), ct);
            var entry = JournalEntry.Of(OperationOf(kind), target.Key, record) with { IsRequired = kind != ChangeKind.TagsRemoved };
            if (await Journal.AppendAsync(engine, transaction, target.Bucket, bucket, entry, now, ct) is { } unrecorded) return unrecorded;
            var isLatest = versions.Current?.Sequence == record.Sequence;
            return record.ToInfo(target.Bucket, target.Key, (VersioningState)bucket.Versioning, isLatest);
        }, ct);
    }
}
