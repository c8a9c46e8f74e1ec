using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

// Each annotation is for itself: of each name the one that was put or deleted later stands. What was deleted leaves a row that says when.
internal sealed partial class ReplicaWriter
{
    /// <summary>Takes deletions over, and names the annotations whose texts are missing here.</summary>
    public async ValueTask<Result<IReadOnlyList<string>>> CompareAnnotationsAsync(string bucketName, string keyName, ReplicaAnnotationList list, ChangeOrigin origin, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(keyName, out var key)) return ObjectFault.InvalidKey;
        if (list.Annotations.Count > AnnotationRules.MaxCount + AnnotationRows.MaxGraves || !AreWellFormed(list)) return ObjectFault.MalformedReplica;
        using var turn = await engine.Locks.LockAsync(bucketName, keyName, ct);
        return await engine.Transactions.RunAsync<IReadOnlyList<string>>(async transaction =>
        {
            var now = engine.NowTicks();
            var found = await FindAnnotatedAsync(transaction, bucketName, key, list, now, ct);
            if (!found.IsOk) return found.Failure;
            var (bucket, versions, version) = found.Value;
            var changed = version.Clone();
            var wanted = new List<string>();
            var deleted = new List<string>();
            foreach (var theirs in list.Annotations)
            {
                var name = AnnotationRules.Encode(theirs.Name);
                if (!name.IsOk) return name.Failure;
                var here = await AnnotationRows.GetRowAsync(transaction, changed, name.Value, ct);
                if (!IsLater(theirs, here)) continue;
                if (!theirs.Deleted) wanted.Add(theirs.Name);
                else if (await BuryAsync(transaction, versions, changed, name.Value, here, theirs.ModifiedTicks, now, ct) is { } refused) return refused;
                else if (here is { Deleted: false }) deleted.Add(theirs.Name);
            }
            if (changed.Equals(version)) return wanted;
            versions.ReplaceAnnotated(version, changed);
            versions.WriteCounters(version.Nonce);
            foreach (var name in deleted)
            {
                var change = new Change(bucketName, key, ChangeKind.AnnotationRemoved, changed, now, origin) { Annotation = name };
                await engine.Changes.AddAsync(transaction, bucket, versions, change, ct);
            }
            if (deleted.Count == 0) return wanted;
            var entry = JournalEntry.Of("REST.DELETE.ANNOTATION", keyName, changed) with { IsRequired = false };
            if (await Journal.AppendAsync(engine, transaction, bucketName, bucket, entry, now, ct) is { } unrecorded) return unrecorded;
            return wanted;
        }, ct);
    }

    /// <summary>An annotation with its text; nothing changes if what stands here was put or deleted later.</summary>
    public async ValueTask<Result<ReplicaWrite>> PutAnnotationAsync(string bucketName, string keyName, ReplicaAnnotationList one, IContentSource source, ChangeOrigin origin, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(keyName, out var key)) return ObjectFault.InvalidKey;
        if (one.Annotations is not [{ Deleted: false, Length: > 0 } annotation] || !AreWellFormed(one)) return ObjectFault.MalformedReplica;
        var name = AnnotationRules.Encode(annotation.Name);
        if (!name.IsOk) return name.Failure;
        if (annotation.Length > AnnotationRules.MaxLengthBytes) return ObjectFault.EntityTooLarge;
        if (source.LengthBytes is { } announced && announced != (long)annotation.Length) return ObjectFault.IncompleteBody;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        VersionRecord version;
        using (var snapshot = engine.Store.Snapshot())
        {
            var found = await FindAnnotatedAsync(snapshot, bucketName, key, one, ct);
            if (!found.IsOk) return found.Failure;
            version = found.Value.Version;
            if (!IsLater(annotation, await AnnotationRows.GetRowAsync(snapshot, version, name.Value, ct))) return new ReplicaWrite(ReplicaState.Unchanged);
        }
        var created = await engine.Keys.CreateAsync(AnnotationService.KeyFor(version.Encryption), ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        try
        {
            var scheme = engine.Classes.SchemeOf(version.StorageClass) ?? engine.Blobs.DefaultScheme;
            var tag = new SalvageTag { Bucket = bucketName, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks(), Annotation = annotation.Name };
            var inlineLimitBytes = Math.Min(engine.Options.InlineLimitBytes, AnnotationRules.MaxInlineBytes);
            var stored = (ChecksumAlgorithm)(annotation.Checksum?.Algorithm ?? 0);
            using var content = await _contents.WriteAsync(new TextSource(source), scheme, inlineLimitBytes, stored, tag, dataKey, ct);
            if ((ulong)content.PlainLengthBytes != annotation.Length || (annotation.Checksum is { } checksum && Verify(checksum, content) is not null))
            {
                content.Discard();
                return ObjectFault.ChecksumMismatch;
            }
            return await CommitAnnotationAsync(bucketName, keyName, key, one, name.Value, content, origin, ct);
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

    private async ValueTask<Result<ReplicaWrite>> CommitAnnotationAsync(
        string bucketName, string keyName, byte[] key, ReplicaAnnotationList one, byte[] name, WrittenContent content, ChangeOrigin origin, CancellationToken ct)
    {
        Result<ReplicaWrite> result;
        try
        {
            using var turn = await engine.Locks.LockAsync(bucketName, keyName, ct);
            result = await engine.Transactions.RunAsync(transaction => PutAnnotationAsync(transaction, bucketName, keyName, key, one, name, content, origin, ct), ct);
        }
        catch (Exception e) when (e is not KvException)
        {
            content.Discard();
            throw;
        }
        if (result is { IsOk: true, Value.State: not ReplicaState.Changed }) content.Discard();
        else content.Conclude(result.Fault);
        return result;
    }

    private async ValueTask<Result<ReplicaWrite>> PutAnnotationAsync(
        IKvTransaction transaction, string bucketName, string keyName, byte[] key, ReplicaAnnotationList one, byte[] name, WrittenContent content, ChangeOrigin origin, CancellationToken ct)
    {
        var now = engine.NowTicks();
        var found = await FindAnnotatedAsync(transaction, bucketName, key, one, now, ct);
        if (!found.IsOk) return found.Failure;
        var (bucket, versions, version) = found.Value;
        var theirs = one.Annotations[0];
        var here = await AnnotationRows.GetRowAsync(transaction, version, name, ct);
        if (!IsLater(theirs, here)) return new ReplicaWrite(ReplicaState.Unchanged);
        var replaced = here is { Deleted: false } ? here : null;
        if (replaced is not null && LockRules.CheckDelete(version, bypassGovernance: true, now) is { } locked) return locked;
        if (replaced is null && (version.Annotations?.Count ?? 0) >= AnnotationRules.MaxCount) return ObjectFault.TooManyAnnotations;
        var changed = version.Clone();
        var set = changed.Annotations ??= new AnnotationSetRecord { Id = ByteString.CopyFrom(engine.Ids.Next().ToBytes()) };
        var id = ContentId.FromField(set.Id);
        if (replaced is not null) await AnnotationRows.ReleaseAsync(versions.References, id, replaced, ct);
        var record = AnnotationRows.Of(content, theirs.Checksum, theirs.ModifiedTicks);
        record.Etag = theirs.Etag;
        record.Number = ++set.LastNumber;
        set.Count += replaced is null ? 1u : 0;
        set.Length += record.Length - (replaced?.Length ?? 0);
        AnnotationRows.Put(transaction, id, name, record, content, now);
        versions.ReplaceAnnotated(version, changed);
        versions.WriteCounters(version.Nonce);
        await engine.Changes.AddAsync(transaction, bucket, versions, new Change(bucketName, key, ChangeKind.AnnotationPut, changed, now, origin) { Annotation = theirs.Name }, ct);
        if (await Journal.AppendAsync(engine, transaction, bucketName, bucket, JournalEntry.Of("REST.PUT.ANNOTATION", keyName, changed), now, ct) is { } unrecorded) return unrecorded;
        return new ReplicaWrite(ReplicaState.Changed, content.PlainLengthBytes);
    }

    /// <summary>The annotation goes, and a row stays that says when. Why it must not, else null.</summary>
    private async ValueTask<Failure?> BuryAsync(
        IKvTransaction transaction, KeyVersions versions, VersionRecord changed, byte[] name, AnnotationRecord? here, ulong ticks, ulong now, CancellationToken ct)
    {
        if (here is { Deleted: false })
        {
            if (LockRules.CheckDelete(changed, bypassGovernance: true, now) is { } locked) return locked;
            await AnnotationRows.ReleaseAsync(versions.References, ContentId.FromField(changed.Annotations.Id), here, ct);
            changed.Annotations.Count--;
            changed.Annotations.Length -= here.Length;
        }
        changed.Annotations ??= new AnnotationSetRecord { Id = ByteString.CopyFrom(engine.Ids.Next().ToBytes()) };
        await AnnotationRows.BuryAsync(transaction, changed.Annotations, name, ticks, ct);
        return null;
    }

    private static bool AreWellFormed(ReplicaAnnotationList list)
    {
        foreach (var annotation in list.Annotations)
        {
            if (annotation.Deleted ? annotation.Length != 0 : annotation.Etag.Length != 16 || annotation.Length == 0) return false;
            if (!ReplicaRules.IsChecksum(annotation.Checksum)) return false;
        }
        return true;
    }

    private static bool IsLater(ReplicaAnnotation theirs, AnnotationRecord? here)
    {
        // Also what is gone already is told of: the older text may come after this.
        if (here is null) return true;
        if (theirs.ModifiedTicks != here.ModifiedTicks) return theirs.ModifiedTicks > here.ModifiedTicks;
        // Of the same time: what is there stands above what was deleted, else the greater bytes.
        return theirs.Deleted == here.Deleted ? theirs.Etag.Span.SequenceCompareTo(here.Etag.Span) > 0 : here.Deleted;
    }

    private async ValueTask<Result<(BucketRecord Bucket, KeyVersions Versions, VersionRecord Version)>> FindAnnotatedAsync(
        IKvTransaction transaction, string bucketName, byte[] key, ReplicaAnnotationList list, ulong now, CancellationToken ct)
    {
        var found = await FindAnnotatedAsync(transaction, bucketName, key, list, ct);
        if (!found.IsOk) return found.Failure;
        return (found.Value.Bucket, await KeyVersions.LoadAsync(engine.Lifecycle, transaction, found.Value.Bucket, key, now, ct), found.Value.Version);
    }

    private async ValueTask<Result<(BucketRecord Bucket, VersionRecord Version)>> FindAnnotatedAsync(IKvReader reader, string bucketName, byte[] key, ReplicaAnnotationList list, CancellationToken ct)
    {
        if (await ObjectEngine.GetBucketAsync(reader, bucketName, ct) is not { } bucket) return ObjectFault.NoSuchBucket;
        var latest = engine.NowTicks() + (ulong)ReplicaRules.MaxAhead.Ticks;
        foreach (var annotation in list.Annotations)
        {
            if (annotation.ModifiedTicks > latest) return new Failure(ObjectFault.ReplicaAhead) { Message = "An annotation is of a time that has not come." };
        }
        var version = await VersionRows.GetAsync(reader, bucket.Id, key, list.Sequence, ct);
        if (version is null || version.Nonce != list.Nonce || version.IsDeleteMarker()) return ObjectFault.NoSuchVersion;
        return version.Encryption?.Method == (uint)EncryptionMethod.CustomerKey ? ObjectFault.AnnotationsUnsupported : (bucket, version);
    }
}
