using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

// Within one store a replica holds the content of its version, as a copy does, where both are stored alike.
internal sealed partial class ReplicaWriter
{
    /// <summary>
    /// A version whose bytes are another version's of this store. Null if they cannot be shared: then they have to move.
    /// <see cref="ObjectFault.ConditionalRequestConflict"/> when the other one is not any more what it was when it was opened.
    /// </summary>
    public async ValueTask<Result<ReplicaWrite?>> ShareAsync(ReplicaRequest request, ObjectHandle source, CancellationToken ct)
    {
        var checkedKey = Check(request);
        if (!checkedKey.IsOk) return checkedKey.Failure;
        var key = checkedKey.Value;
        var prepared = await PrepareAsync(request, key, ct);
        if (!prepared.IsOk) return prepared.Failure;
        if (prepared.Value is not { } target)
        {
            var merged = await StateAsync(request with { MustExist = true }, ct);
            return merged.IsOk ? merged.Value : merged.Failure;
        }
        var moves = source.Content.IsNone
            // What it reads may be a copy for a while.
            || source.Record.Tier is not null
            || (source.Seal is null) != (target.Encryption is null)
            // What a customer's key seals is never compressed.
            || (target.Encryption?.Method == EncryptionMethod.CustomerKey && source.Record.Compression != 0)
            || !await (await source.OpenAsync(ct)).UsesSchemeAsync(target.Scheme, ct);
        if (moves) return (ReplicaWrite?)null;
        var template = Template(request, target.StorageClass);
        if (source.Seal is { } seal)
        {
            var wrapped = await engine.Keys.RewrapAsync(seal, source.Record.Encryption, target.Encryption!, ct);
            if (!wrapped.IsOk) return wrapped.Failure;
            template.Encryption = wrapped.Value;
        }
        return await CommitSharedAsync(request, key, target.BucketId, template, source, ct);
    }

    /// <summary>
    /// A version whose bytes only its writer can open: they are shared as they are, with what their key is wrapped in, so that the same key opens the
    /// replica. Null if the replica would have to be stored in another way, which nobody here can.
    /// </summary>
    public async ValueTask<Result<ReplicaWrite?>> ShareSealedAsync(ReplicaRequest request, ObjectHandle source, CancellationToken ct)
    {
        request = request with { Encryption = new EncryptionRequest { Method = EncryptionMethod.CustomerKey } };
        var checkedKey = Check(request);
        if (!checkedKey.IsOk) return checkedKey.Failure;
        var prepared = await PrepareAsync(request, checkedKey.Value, ct);
        if (!prepared.IsOk) return prepared.Failure;
        if (prepared.Value is not { } target)
        {
            var merged = await StateAsync(request with { MustExist = true }, ct);
            return merged.IsOk ? merged.Value : merged.Failure;
        }
        var template = Template(request, target.StorageClass);
        template.Encryption = source.Record.Encryption.Clone();
        // Sealed bytes that are in a tier, or here for a while, cannot be copied without their key.
        if (source.Record.Tier is not null) return new Failure(ObjectFault.ObjectArchived) { Message = source.Record.StorageClass };
        if (!source.Content.IsNone)
            return await (await source.OpenAsync(ct)).UsesSchemeAsync(target.Scheme, ct) ? await CommitSharedAsync(request, checkedKey.Value, target.BucketId, template, source, ct) : (ReplicaWrite?)null;
        var written = await CommitAsync(request, checkedKey.Value, target.BucketId, template, (transaction, bucket, _, record, _) =>
        {
            if (source.Inline.IsEmpty) return ValueTask.FromResult<Failure?>(null);
            record.Flags |= (uint)VersionFlags.Inline;
            transaction.Put(SchemaKeys.Inline(bucket.Id, checkedKey.Value, record.Sequence), source.Inline);
            return ValueTask.FromResult<Failure?>(null);
        }, ct);
        return written.IsOk ? written.Value : written.Failure;
    }

    private async ValueTask<Result<ReplicaWrite?>> CommitSharedAsync(
        ReplicaRequest request, byte[] key, ulong bucketId, VersionRecord template, ObjectHandle source, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(source.Info.Key, out var sourceKey)) return ObjectFault.InvalidKey;
        var written = await CommitAsync(request, key, bucketId, template, async (transaction, bucket, versions, record, _) =>
        {
            // Read where the reference is added, so that the content cannot become garbage meanwhile.
            var held = await VersionRows.GetAsync(transaction, source.Bucket.Id, sourceKey, source.Record.Sequence, ct);
            if (held is null || held.Tier is not null || held.Nonce != source.Record.Nonce || !held.ContentId.Equals(source.Record.ContentId)) return new Failure(ObjectFault.ConditionalRequestConflict);
            record.ContentId = held.ContentId;
            (record.Compression, record.StoredLength) = (held.Compression, held.StoredLength);
            versions.References.Add(SchemaKeys.ReferenceByVersion(source.Content, bucket.Id, key, record.Sequence));
            return null;
        }, ct);
        return written.IsOk ? written.Value : written.Failure;
    }
}
