using Google.Protobuf;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Writes versions that come from elsewhere, under the ids that they have there. A version stands where its sequence belongs, whatever came before it; one
/// that is there already keeps its bytes, and takes over only what was set later about it. So deliveries may come in any order, and again.
/// </summary>
internal sealed partial class ReplicaWriter(ObjectEngine engine)
{
    private readonly ContentWriter _contents = new(engine);

    /// <summary>What a transaction writes of the version's bytes; null: it does not have them, and only a version that is there already can be meant.</summary>
    private delegate ValueTask<Failure?> PutContent(IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, VersionRecord record, ulong nowTicks);

    /// <summary>A delete marker, or what is said of a version that is there. <see cref="ReplicaState.Wanted"/> if its bytes are missing.</summary>
    public async ValueTask<Result<ReplicaWrite>> StateAsync(ReplicaRequest request, CancellationToken ct)
    {
        var checkedKey = Check(request);
        if (!checkedKey.IsOk) return checkedKey.Failure;
        PutContent? content = request.Version.IsDeleteMarker() && !request.MustExist ? static (_, _, _, _, _) => ValueTask.FromResult<Failure?>(null) : null;
        var written = await CommitAsync(request, checkedKey.Value, bucketId: null, Template(request, ""), content, ct);
        return written.Fault == ObjectFault.NoSuchVersion && !request.MustExist ? new ReplicaWrite(ReplicaState.Wanted) : written;
    }

    /// <summary>A version with its whole body, which is not read if the version is there already.</summary>
    public async ValueTask<Result<ReplicaWrite>> PutAsync(ReplicaRequest request, IContentSource source, CancellationToken ct)
    {
        if (request.Version.IsDeleteMarker() || request.Version.PartCount > 0) return ObjectFault.MalformedReplica;
        var checkedKey = Check(request);
        if (!checkedKey.IsOk) return checkedKey.Failure;
        if (source.LengthBytes is { } announced && announced != (long)request.Version.Length) return ObjectFault.IncompleteBody;
        var key = checkedKey.Value;
        var prepared = await PrepareAsync(request, key, ct);
        if (!prepared.IsOk) return prepared.Failure;
        if (prepared.Value is not { } target) return await StateAsync(request with { MustExist = true }, ct);
        var created = await engine.Keys.CreateAsync(target.Encryption, ct);
        if (!created.IsOk) return created.Failure;
        using var dataKey = created.Value;
        try
        {
            var stored = (ChecksumAlgorithm)(request.Version.Checksum?.Algorithm ?? 0);
            var tag = new SalvageTag { Bucket = request.Bucket, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks(), Headers = request.Version.Headers };
            using var content = await _contents.WriteAsync(source, target.Scheme, engine.Options.InlineLimitBytes, stored, tag, dataKey, target.Compression, ct);
            if (Verify(request.Version, content) is { } other)
            {
                content.Discard();
                return other;
            }
            var template = Template(request, target.StorageClass);
            template.Encryption = content.Encryption;
            return await CommitBodyAsync(request, key, target.BucketId, template, content, ct);
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

    private async ValueTask<Result<ReplicaWrite>> CommitBodyAsync(ReplicaRequest request, byte[] key, ulong bucketId, VersionRecord template, WrittenContent content, CancellationToken ct)
    {
        Result<ReplicaWrite> result;
        try
        {
            result = await CommitAsync(request, key, bucketId, template, (transaction, bucket, _, record, now) =>
            {
                ObjectWriter.PutContent(transaction, bucket, key, record, content, now);
                return ValueTask.FromResult<Failure?>(null);
            }, ct);
        }
        catch (Exception e) when (e is not KvException)
        {
            // The commit is never cancelled half way: nothing was written.
            content.Discard();
            throw;
        }
        // Somebody else has brought the same version meanwhile: these bytes are nobody's.
        if (result is { IsOk: true, Value.State: not ReplicaState.Made }) content.Discard();
        else content.Conclude(result.Fault);
        return result.IsOk ? result.Value with { SentBytes = content.PlainLengthBytes } : result;
    }

    /// <summary>The one transaction that makes the version, or merges what is said of one that is there.</summary>
    /// <param name="bucketId">Null: whichever bucket has the name.</param>
    private async ValueTask<Result<ReplicaWrite>> CommitAsync(
        ReplicaRequest request, byte[] key, ulong? bucketId, VersionRecord template, PutContent? content, CancellationToken ct, ChangeKind kind = ChangeKind.CreatedByPut)
    {
        using var turn = await engine.Locks.LockAsync(request.Bucket, request.Key, ct);
        return await engine.Transactions.RunAsync<ReplicaWrite>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, request.Bucket, ct);
            // One of the same name that was made since is another.
            if (bucket is null || (bucketId is { } id && bucket.Id != id)) return ObjectFault.NoSuchBucket;
            var now = engine.NowTicks();
            if (ReplicaRules.Check(bucket, request.Version, now) is { } refused) return refused;
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            if (await versions.FindAsync(request.Version.Sequence, ct) is { } here)
                return ReplicaMerge.IsSame(here, request.Version) ? await MergeAsync(transaction, bucket, versions, key, request, here, now, ct) : ObjectFault.ReplicaConflict;
            if (content is null) return ObjectFault.NoSuchVersion;

            var record = template.Clone();
            ApplyDefaultRetention(bucket, record, now);
            if (await content(transaction, bucket, versions, record, now) is { } failure) return failure;
            await versions.InsertInPlaceAsync(record, ct);
            versions.WriteCounters(record.Nonce);
            await engine.Changes.AddAsync(transaction, bucket, versions, new Change(request.Bucket, key, record.IsDeleteMarker() ? ChangeKind.DeleteMarkerMade : kind, record, now, request.Origin), ct);
            var entry = JournalEntry.Of(record.IsDeleteMarker() ? "REST.DELETE.OBJECT" : "REST.PUT.OBJECT", request.Key, record) with { IsRequired = !record.IsDeleteMarker() };
            if (await Journal.AppendAsync(engine, transaction, request.Bucket, bucket, entry, now, ct) is { } unrecorded) return unrecorded;
            return new ReplicaWrite(ReplicaState.Made);
        }, ct);
    }

    private async ValueTask<Result<ReplicaWrite>> MergeAsync(
        IKvTransaction transaction, BucketRecord bucket, KeyVersions versions, byte[] key, ReplicaRequest request, VersionRecord here, ulong now, CancellationToken ct)
    {
        var changes = new List<ChangeKind>();
        if (ReplicaMerge.Merge(here, request.Version, request.TakesAcl, changes) is not { } merged) return new ReplicaWrite(ReplicaState.Unchanged);
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        if (ReplicaRules.CheckLock(request, here, merged, now) is { } locked) return locked;
        versions.Replace(merged);
        foreach (var kind in changes)
        {
            await engine.Changes.AddAsync(transaction, bucket, versions, new Change(request.Bucket, key, kind, merged, now, request.Origin), ct);
            var entry = JournalEntry.Of(VersionUpdater.OperationOf(kind), request.Key, merged) with { IsRequired = kind != ChangeKind.TagsRemoved };
            if (await Journal.AppendAsync(engine, transaction, request.Bucket, bucket, entry, now, ct) is { } unrecorded) return unrecorded;
        }
        return new ReplicaWrite(ReplicaState.Changed);
    }

    private static Result<byte[]> Check(ReplicaRequest request)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.InvalidKey;
        return ReplicaRules.IsWellFormed(request.Version) ? key : ObjectFault.MalformedReplica;
    }

    private sealed record Target(ulong BucketId, string StorageClass, Erasure.Codec.Scheme Scheme, EncryptionRequest? Encryption, CompressionChoice Compression);

    /// <summary>How its bytes will be stored; null if the version is there already. Or why the call is sure to fail.</summary>
    private async ValueTask<Result<Target?>> PrepareAsync(ReplicaRequest request, byte[] key, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        if (ReplicaRules.Check(bucket, request.Version, engine.NowTicks()) is { } refused) return refused;
        if (await VersionRows.GetAsync(snapshot, bucket.Id, key, request.Version.Sequence, ct) is not null) return (Target?)null;
        if (request.MustExist) return ObjectFault.NoSuchVersion;
        if (!engine.HasRoom()) return ObjectFault.StorageFull;
        if (await QuotaRules.CheckObjectAsync(snapshot, bucket, key, (long)request.Version.Length, ct) is { } exceeded) return exceeded;
        var chosen = engine.Classes.Choose(request.StorageClass, bucket);
        if (!chosen.IsOk) return chosen.Failure;
        var wanted = Keyring.Choose(request.Encryption, bucket);
        if (!wanted.IsOk) return wanted.Failure;
        return new Target(bucket.Id, chosen.Value.Name, chosen.Value.Scheme ?? engine.Blobs.DefaultScheme, wanted.Value, CompressionRules.Choose(bucket, request.Version.Headers, key));
    }

    private static VersionRecord Template(ReplicaRequest request, string storageClass)
    {
        var version = request.Version;
        var set = version.Replication;
        return new VersionRecord
        {
            Sequence = version.Sequence,
            Nonce = version.Nonce,
            Flags = version.Flags & (uint)VersionFlags.DeleteMarker,
            Length = version.Length,
            Etag = version.Etag,
            PartCount = version.PartCount,
            ModifiedTicks = version.ModifiedTicks,
            StorageClass = storageClass,
            OwnerId = request.OwnerId,
            Checksum = version.Checksum,
            Headers = version.Headers,
            Acl = request.TakesAcl ? version.Acl : ByteString.Empty,
            RetentionMode = version.RetentionMode,
            RetainUntilTicks = version.RetainUntilTicks,
            LegalHold = version.LegalHold,
            Replication = new ReplicationRecord
            {
                Status = (uint)ReplicationStatus.Replica,
                TagsTicks = set?.TagsTicks ?? 0,
                AclTicks = request.TakesAcl ? set?.AclTicks ?? 0 : 0,
                RetentionTicks = set?.RetentionTicks ?? 0,
                LegalHoldTicks = set?.LegalHoldTicks ?? 0,
            },
        };
    }

    // Source: S3 User Guide, "Using Object Lock with S3 Replication": a replica that brings no retention gets the default of its bucket.
    private static void ApplyDefaultRetention(BucketRecord bucket, VersionRecord record, ulong nowTicks)
    {
        if (record.IsDeleteMarker() || record.RetentionMode != (uint)RetentionMode.None || record.Replication.RetentionTicks != 0) return;
        LockRules.Apply(bucket, new ObjectLock(default, (LegalHold)record.LegalHold), record, nowTicks);
    }

    /// <summary>The bytes must be those of the version: a checksum that it has tells.</summary>
    private static Failure? Verify(VersionRecord version, WrittenContent content)
    {
        if (content.PlainLengthBytes != (long)version.Length) return new Failure(ObjectFault.IncompleteBody);
        return version.Checksum is { Type: (uint)ChecksumType.FullObject } checksum ? Verify(checksum, content) : null;
    }

    private static Failure? Verify(ChecksumRecord checksum, WrittenContent content) =>
        content.Checksum((ChecksumAlgorithm)checksum.Algorithm) is { } computed && computed.Value.Span.SequenceEqual(checksum.Value.Span) ? null : new Failure(ObjectFault.ChecksumMismatch);
}
