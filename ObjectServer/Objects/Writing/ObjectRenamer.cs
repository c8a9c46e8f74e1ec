using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed record RenameRequest
{
    public required string Bucket { get; init; }
    public required string SourceKey { get; init; }
    public required string Key { get; init; }
    public ReadConditions SourceConditions { get; init; }

    /// <summary>On what the new name stands for now. Dates and If-Match ask that there is something.</summary>
    public ReadConditions Conditions { get; init; }

    /// <summary>Null for none. A repeated request with the same token does nothing, as long as the object is still the one that it renamed.</summary>
    public string? ClientToken { get; init; }

    public ChangeOrigin Origin { get; init; } = ChangeOrigin.Server;
}

/// <summary>Gives an object another key in one transaction. No bytes move, but inlined ones, and everything else about it stays as it is, its time too.</summary>
internal sealed class ObjectRenamer(ObjectEngine engine)
{
    private const int DigestBytes = 16;

    /// <summary>
    /// <see cref="ObjectFault.InvalidBucketState"/> where versions are kept: a name's versions belong to it, and cannot go to another.
    /// <see cref="ObjectFault.PreconditionFailed"/> also for the source's conditions; <see cref="ObjectFault.ClientTokenConflict"/> when the token
    /// was used for another rename.
    /// </summary>
    public async ValueTask<Result<WriteResult>> RenameAsync(RenameRequest request, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key) || !ObjectEngine.TryEncodeKey(request.SourceKey, out var sourceKey)) return ObjectFault.InvalidKey;
        if (key.AsSpan().SequenceEqual(sourceKey)) throw new ArgumentException("An object cannot be renamed to itself.", nameof(request));
        var token = TokenOf(request, sourceKey);
        using var turn = await engine.Locks.LockAsync(request.Bucket, request.Key, ct);
        return await engine.Transactions.RunAsync<WriteResult>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, request.Bucket, ct);
            if (bucket is null) return ObjectFault.NoSuchBucket;
            if (bucket.Versioning != (uint)VersioningState.Unversioned) return ObjectFault.InvalidBucketState;
            var now = engine.NowTicks();
            var target = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            if (IsRepeated(target.Current, token, out var differs))
                return differs ? ObjectFault.ClientTokenConflict : target.Current!.ToWriteResult(VersioningState.Unversioned);

            var source = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, sourceKey, now, ct);
            if (source.Current is not { } current) return ObjectFault.NoSuchKey;
            if (!Holds(request.SourceConditions, request.Bucket, request.SourceKey, current) || !Holds(request.Conditions, request.Bucket, request.Key, target.Current))
                return ObjectFault.PreconditionFailed;

            var record = await MoveAsync(transaction, bucket, sourceKey, key, current, target, ct);
            record.RenameToken = token;
            await target.InsertAsync(record, ct);
            source.KeepAnnotationsOf(current);
            await source.RemoveAsync(current, ct);
            target.TakeCountersOf(source);
            target.WriteCounters(record.Nonce);
            await engine.Changes.AddAsync(transaction, bucket, target, new Change(request.Bucket, key, ChangeKind.CreatedByCopy, record, now, request.Origin), ct);
            await engine.Changes.AddAsync(transaction, bucket, source, new Change(request.Bucket, sourceKey, ChangeKind.Removed, current, now, request.Origin), ct);
            if (await Journal.AppendAsync(engine, transaction, request.Bucket, bucket, JournalEntry.Of("REST.PUT.OBJECT", request.Key, record), now, ct) is { } unrecorded) return unrecorded;
            await Journal.AppendAsync(engine, transaction, request.Bucket, bucket, new JournalEntry("REST.DELETE.OBJECT", request.SourceKey, IsRequired: false), now, ct);
            return record.ToWriteResult(VersioningState.Unversioned);
        }, ct);
    }

    /// <summary>The version under its new key, which holds the content before the old one lets it go.</summary>
    private async ValueTask<VersionRecord> MoveAsync(
        IKvTransaction transaction, BucketRecord bucket, byte[] sourceKey, byte[] key, VersionRecord source, KeyVersions target, CancellationToken ct)
    {
        var record = source.Clone();
        record.Sequence = await target.NextSequenceAsync(ct);
        record.Nonce = engine.Ids.NextNonce();
        record.Replication = null;
        record.Flags = source.Flags & (uint)VersionFlags.Inline;
        if (source.Has(VersionFlags.Inline))
        {
            var bytes = await transaction.GetAsync(SchemaKeys.Inline(bucket.Id, sourceKey, source.Sequence), ct)
                ?? throw new KvException(KvFault.Corrupt, "An inlined version has no bytes.");
            transaction.Put(SchemaKeys.Inline(bucket.Id, key, record.Sequence), bytes);
        }

        var content = ContentId.FromField(source.ContentId);
        if (!content.IsNone) target.References.Add(SchemaKeys.ReferenceByVersion(content, bucket.Id, key, record.Sequence));
        if (record.Restore is { } restore)
        {
            var copy = ContentId.FromField(restore.ContentId);
            restore.OwnsContent = false;
            if (copy.IsNone) transaction.Put(TierKeys.Version(TierKeys.Restores, record.StorageClass, bucket.Id, key, record.Sequence), ReadOnlyMemory<byte>.Empty);
            else
            {
                target.References.Add(SchemaKeys.ReferenceByVersion(copy, bucket.Id, key, record.Sequence));
                transaction.Put(SchemaKeys.DueRestore(restore.ExpiresTicks, bucket.Id, key, record.Sequence), ReadOnlyMemory<byte>.Empty);
            }
        }
        return record;
    }

    private static bool Holds(in ReadConditions conditions, string bucket, string key, VersionRecord? record)
    {
        if (record is null) return !conditions.IfMatch.IsSet && conditions.IfModifiedSince is null;
        return ConditionRules.Check(conditions, record.ToInfo(bucket, key, VersioningState.Unversioned, isLatest: true)) is null;
    }

    // Both halves are digests: the token may be anything, and the row is to stay small.
    private static ByteString TokenOf(RenameRequest request, byte[] sourceKey)
    {
        if (request.ClientToken is not { } token) return ByteString.Empty;
        var digests = new byte[2 * DigestBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token)).AsSpan(0, DigestBytes).CopyTo(digests);
        SHA256.HashData(sourceKey).AsSpan(0, DigestBytes).CopyTo(digests.AsSpan(DigestBytes));
        return ByteString.CopyFrom(digests);
    }

    private static bool IsRepeated(VersionRecord? record, ByteString token, out bool differs)
    {
        differs = false;
        if (record is null || token.IsEmpty || record.RenameToken.Length != token.Length) return false;
        if (!record.RenameToken.Span[..DigestBytes].SequenceEqual(token.Span[..DigestBytes])) return false;
        differs = !record.RenameToken.Span[DigestBytes..].SequenceEqual(token.Span[DigestBytes..]);
        return true;
    }
}
