using System.Text;
using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Named texts beside a version's bytes, which change without it: it keeps its id, its ETag and its time. Short ones are in the metadata, longer
/// ones are contents. They are sealed as the version is, each under a data key of its own.
/// </summary>
internal sealed class AnnotationService(ObjectEngine engine)
{
    private readonly ContentWriter _contents = new(engine);

    private sealed record Found(BucketRecord Bucket, byte[] Key, VersionRecord Version);

    /// <summary>
    /// Makes or replaces one. <see cref="ObjectFault.ConditionalRequestConflict"/> when another version has taken the place of the one that was there
    /// when the body began; <see cref="ObjectFault.ObjectLocked"/> when one would be replaced that a lock protects.
    /// </summary>
    public async ValueTask<Result<AnnotationResult>> PutAsync(AnnotationTarget target, IContentSource source, CancellationToken ct)
    {
        var name = AnnotationRules.Encode(target.Name);
        if (!name.IsOk) return name.Failure;
        if (source.LengthBytes > AnnotationRules.MaxLengthBytes) return ObjectFault.EntityTooLarge;
        if (source.LengthBytes == 0) return ObjectFault.EmptyAnnotation;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        var before = await RefuseEarlyAsync(target, name.Value, source.LengthBytes ?? 1, ct);
        if (!before.IsOk) return before.Failure;
        var created = await engine.Keys.CreateAsync(KeyFor(before.Value.Version.Encryption), ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        try
        {
            var scheme = engine.Classes.SchemeOf(before.Value.Version.StorageClass) ?? engine.Blobs.DefaultScheme;
            var tag = new SalvageTag { Bucket = target.Bucket, Key = ByteString.CopyFrom(before.Value.Key), WrittenTicks = engine.NowTicks(), Annotation = target.Name };
            var inlineLimitBytes = Math.Min(engine.Options.InlineLimitBytes, AnnotationRules.MaxInlineBytes);
            using var content = await _contents.WriteAsync(new TextSource(source), scheme, inlineLimitBytes, target.StoredChecksum, tag, dataKey, ct);
            return await CommitAsync(target, name.Value, before.Value, content, ct);
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

    /// <summary>A handle on one, safe from the garbage collector until it is disposed.</summary>
    public async ValueTask<Result<AnnotationHandle>> OpenAsync(AnnotationTarget target, CancellationToken ct)
    {
        var name = AnnotationRules.Encode(target.Name);
        if (!name.IsOk) return name.Failure;
        using var snapshot = engine.Store.Snapshot();
        var found = await FindAsync(snapshot, target.Bucket, target.Key, target.VersionId, ct);
        if (!found.IsOk) return found.Failure;
        if (await AnnotationRows.GetAsync(snapshot, found.Value.Version, name.Value, ct) is not { } record) return ObjectFault.NoSuchAnnotation;
        var opened = await engine.Keys.OpenAsync(record.Encryption, customerKey: null, ct);
        if (!opened.IsOk) return opened.Failure;
        var handle = AnnotationRows.Open(engine, found.Value.Bucket, found.Value.Version, target.Bucket, target.Key, record, opened.Value);
        return new AnnotationHandle(InfoOf(found.Value, target.Bucket, target.Key), AnnotationRows.ToInfo(name.Value, record), handle);
    }

    /// <summary>A page of them, in the order of their names' bytes.</summary>
    public async ValueTask<Result<AnnotationPage>> ListAsync(AnnotationListRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await FindAsync(snapshot, request.Bucket, request.Key, request.VersionId, ct);
        if (!found.IsOk) return found.Failure;
        var info = InfoOf(found.Value, request.Bucket, request.Key);
        var page = new List<AnnotationInfo>();
        if (found.Value.Version.Annotations is not { } set) return new AnnotationPage(info, page, null);

        var id = ContentId.FromField(set.Id);
        var prefix = Encoding.UTF8.GetBytes(request.Prefix);
        if (prefix.Length > AnnotationRules.MaxNameBytes) return new AnnotationPage(info, page, null);
        using var cursor = snapshot.Scan(SchemaKeys.Annotations(id, prefix));
        var more = request.After is { } after
            ? await cursor.SeekAsync(KeyEncoding.Successor(SchemaKeys.Annotation(id, Encoding.UTF8.GetBytes(after))), ct)
            : await cursor.MoveNextAsync(ct);
        for (; more && page.Count < request.MaxResults; more = await cursor.MoveNextAsync(ct))
        {
            var record = AnnotationRecord.Parser.ParseFrom(cursor.Value);
            if (!record.Deleted) page.Add(AnnotationRows.ToInfo(SchemaKeys.AnnotationName(cursor.Key), record));
        }
        return new AnnotationPage(info, page, more && page.Count > 0 ? page[^1].Name : null);
    }

    /// <summary>Removes one for good. That there is none is no failure.</summary>
    public async ValueTask<Result<ObjectInfo>> DeleteAsync(AnnotationTarget target, CancellationToken ct)
    {
        var name = AnnotationRules.Encode(target.Name);
        if (!name.IsOk) return name.Failure;
        using var turn = await engine.Locks.LockAsync(target.Bucket, target.Key, ct);
        return await engine.Transactions.RunAsync<ObjectInfo>(async transaction =>
        {
            var found = await FindAsync(transaction, target.Bucket, target.Key, target.VersionId, ct);
            if (!found.IsOk) return found.Failure;
            var (bucket, key, version) = found.Value;
            if (AnnotationRules.Check(target, version) is { } refused) return refused;
            if (await AnnotationRows.GetAsync(transaction, version, name.Value, ct) is not { } record) return InfoOf(found.Value, target.Bucket, target.Key);
            var now = engine.NowTicks();
            if (LockRules.CheckDelete(version, target.BypassGovernance, now) is { } locked) return locked;

            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            var set = ContentId.FromField(version.Annotations.Id);
            transaction.Delete(SchemaKeys.Annotation(set, name.Value));
            await AnnotationRows.ReleaseAsync(versions.References, set, record, ct);
            var changed = version.Clone();
            // A replica must learn of it.
            if (changed.Replication is not null) await AnnotationRows.BuryAsync(transaction, changed.Annotations, name.Value, Math.Max(now, record.ModifiedTicks + 1), ct);
            changed.Annotations.Count--;
            changed.Annotations.Length -= record.Length;
            if (changed.Annotations.Count == 0 && changed.Replication is null) changed.Annotations = null;
            ReplicationMarks.NoteChange(changed, ReplicaParts.Annotations, now);
            versions.ReplaceAnnotated(version, changed);
            versions.WriteCounters(version.Nonce);
            await engine.Changes.AddAsync(transaction, bucket, versions, ChangeOf(ChangeKind.AnnotationRemoved, target, key, changed, now), ct);
            if (await JournalAsync(transaction, "REST.DELETE.ANNOTATION", target, found.Value, now, isRequired: false, ct) is { } unrecorded) return unrecorded;
            return InfoOf(found.Value, target.Bucket, target.Key);
        }, ct);
    }

    /// <summary>Whose key seals what belongs to a version that is sealed so.</summary>
    internal static EncryptionRequest? KeyFor(EncryptionRecord? version) => version is null ? null : new EncryptionRequest
    {
        Method = (EncryptionMethod)version.Method,
        KeyId = ObjectInfos.NullIfEmpty(version.KeyId),
        Context = version.Context,
        BucketKey = version.BucketKey,
    };

    private async ValueTask<Result<AnnotationResult>> CommitAsync(AnnotationTarget target, byte[] name, Found before, WrittenContent content, CancellationToken ct)
    {
        Result<AnnotationResult> result;
        try
        {
            using var turn = await engine.Locks.LockAsync(target.Bucket, target.Key, ct);
            result = await engine.Transactions.RunAsync(transaction => PutAsync(transaction, target, name, before, content, ct), ct);
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

    private async ValueTask<Result<AnnotationResult>> PutAsync(
        IKvTransaction transaction, AnnotationTarget target, byte[] name, Found before, WrittenContent content, CancellationToken ct)
    {
        var found = await FindAsync(transaction, target.Bucket, target.Key, target.VersionId, ct);
        if (!found.IsOk) return found.Failure;
        var (bucket, key, version) = found.Value;
        if (bucket.Id != before.Bucket.Id) return ObjectFault.NoSuchBucket;
        // What was judged and sealed for was another one.
        if (version.Sequence != before.Version.Sequence || version.Nonce != before.Version.Nonce) return ObjectFault.ConditionalRequestConflict;
        var now = engine.NowTicks();
        var last = await AnnotationRows.GetRowAsync(transaction, version, name, ct);
        var replaced = last is { Deleted: false } ? last : null;
        if (AnnotationRules.CheckPut(target, version, replaced, now) is { } refused) return refused;

        var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
        var changed = version.Clone();
        var set = changed.Annotations ??= new AnnotationSetRecord { Id = ByteString.CopyFrom(engine.Ids.Next().ToBytes()) };
        var id = ContentId.FromField(set.Id);
        if (replaced is not null) await AnnotationRows.ReleaseAsync(versions.References, id, replaced, ct);
        var record = AnnotationRows.Of(content, ObjectInfos.ToRecord(content.Checksum(target.StoredChecksum)), Math.Max(now, (last?.ModifiedTicks ?? 0) + 1));
        record.Number = ++set.LastNumber;
        set.Count += replaced is null ? 1u : 0;
        set.Length += record.Length - (replaced?.Length ?? 0);
        AnnotationRows.Put(transaction, id, name, record, content, now);
        ReplicationMarks.NoteChange(changed, ReplicaParts.Annotations, now);
        versions.ReplaceAnnotated(version, changed);
        versions.WriteCounters(version.Nonce);
        await engine.Changes.AddAsync(transaction, bucket, versions, ChangeOf(ChangeKind.AnnotationPut, target, key, changed, now), ct);
        if (await JournalAsync(transaction, "REST.PUT.ANNOTATION", target, found.Value, now, isRequired: true, ct) is { } unrecorded) return unrecorded;
        return new AnnotationResult(InfoOf(found.Value, target.Bucket, target.Key), AnnotationRows.ToInfo(name, record));
    }

    /// <summary>The version as it is now, or why the call is sure to fail.</summary>
    private async ValueTask<Result<Found>> RefuseEarlyAsync(AnnotationTarget target, byte[] name, long lengthBytes, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await FindAsync(snapshot, target.Bucket, target.Key, target.VersionId, ct);
        if (!found.IsOk) return found;
        var replaced = await AnnotationRows.GetAsync(snapshot, found.Value.Version, name, ct);
        if (AnnotationRules.CheckPut(target, found.Value.Version, replaced, engine.NowTicks()) is { } refused) return refused;
        return await QuotaRules.CheckGrowthAsync(snapshot, found.Value.Bucket, lengthBytes - (long)(replaced?.Length ?? 0), ct) is { } exceeded ? exceeded : found;
    }

    private static async ValueTask<Result<Found>> FindAsync(IKvReader reader, string bucketName, string keyName, string? versionId, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(keyName, out var key)) return ObjectFault.InvalidKey;
        if (await ObjectEngine.GetBucketAsync(reader, bucketName, ct) is not { } bucket) return ObjectFault.NoSuchBucket;
        var found = await ObjectReader.FindRecordAsync(reader, bucket, key, versionId, ct);
        return found.IsOk ? new Found(bucket, key, found.Value) : found.Failure;
    }

    private static ObjectInfo InfoOf(Found found, string bucket, string key) =>
        found.Version.ToInfo(bucket, key, (VersioningState)found.Bucket.Versioning, isLatest: false);

    private static Change ChangeOf(ChangeKind kind, AnnotationTarget target, byte[] key, VersionRecord version, ulong now) =>
        new(target.Bucket, key, kind, version, now, target.Origin) { Annotation = target.Name };

    private ValueTask<Failure?> JournalAsync(
        IKvTransaction transaction, string operation, AnnotationTarget target, Found found, ulong now, bool isRequired, CancellationToken ct) =>
        Journal.AppendAsync(engine, transaction, target.Bucket, found.Bucket, JournalEntry.Of(operation, target.Key, found.Version) with { IsRequired = isRequired }, now, ct);
}
