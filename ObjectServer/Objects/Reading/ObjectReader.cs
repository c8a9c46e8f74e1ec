using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Finds versions and opens them.</summary>
internal sealed class ObjectReader(ObjectEngine engine)
{
    /// <summary>The version's facts without touching its content.</summary>
    public async ValueTask<Result<ObjectInfo>> StatAsync(ReadRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await FindAsync(snapshot, request, ct);
        if (!found.IsOk) return found.Failure;
        if (request.RequiresKey && IsForCustomer(found.Value.Record, request))
        {
            var opened = await engine.Keys.OpenAsync(found.Value.Record.Encryption, request.CustomerKey, ct);
            if (!opened.IsOk) return opened.Failure;
            opened.Value?.Dispose();
        }
        return found.Value.Info;
    }

    /// <summary>A handle on the version as one snapshot has it, safe from the garbage collector until it is disposed.</summary>
    public async ValueTask<Result<ObjectHandle>> OpenAsync(ReadRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var found = await FindAsync(snapshot, request, ct);
        if (!found.IsOk) return found.Failure;
        var (bucket, key, record, info) = found.Value;
        if (record.Tier is not null && !request.AsksOnly && RefuseArchived(request, record) is { } archived) return archived;
        var opened = await engine.Keys.OpenAsync(record.Encryption, request.CustomerKey, ct);
        if (!opened.IsOk) return opened.Failure;
        ReadOnlyMemory<byte> inline = default;
        if (record.Has(VersionFlags.Inline))
        {
            inline = await snapshot.GetAsync(SchemaKeys.Inline(bucket.Id, key, record.Sequence), ct)
                ?? throw new KvException(KvFault.Corrupt, "An inlined version has no bytes.");
        }
        return new ObjectHandle(engine, bucket, record, info, inline, opened.Value);
    }

    private Failure? RefuseArchived(ReadRequest request, VersionRecord record)
    {
        if (!VersionBytes.AreAway(record, engine.NowTicks())) return null;
        if (engine.Tiers.Find(record.StorageClass) is not { ReadThrough: true } tier) return new Failure(ObjectFault.ObjectArchived) { Message = record.StorageClass };
        if (tier.KeepDays > 0 && record.Restore is null) engine.Tiers.ReadThrough?.Invoke(new VersionTarget(request.Bucket, request.Key, VersionId.NameOf(record)), tier.KeepDays);
        return null;
    }

    // The key manager is not asked for what is only looked at.
    private static bool IsForCustomer(VersionRecord record, ReadRequest request) =>
        request.CustomerKey is not null || record.Encryption?.Method == (uint)EncryptionMethod.CustomerKey;

    private async ValueTask<Result<Found>> FindAsync(IKvReader reader, ReadRequest request, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.InvalidKey;
        var bucket = await ObjectEngine.GetBucketAsync(reader, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        var record = await FindRecordAsync(reader, bucket, key, request.VersionId, ct);
        if (!record.IsOk) return record.Failure;

        var info = record.Value.ToInfo(request.Bucket, request.Key, (VersioningState)bucket.Versioning, isLatest: request.VersionId is null);
        if (info.IsLatest && await engine.Lifecycle.GetAsync(reader, bucket, ct) is { } rules) info = info with { Expiration = rules.ExpirationOf(key, record.Value) };
        if (ConditionRules.Check(request.Conditions, info) is { } failure) return failure;
        return new Found(bucket, key, record.Value, info);
    }

    /// <summary>The version that is named, or the current one; a delete marker is none, and its failure tells of it.</summary>
    internal static ValueTask<Result<VersionRecord>> FindRecordAsync(IKvReader reader, BucketRecord bucket, byte[] key, string? versionId, CancellationToken ct) =>
        versionId is null ? FindCurrentAsync(reader, bucket, key, ct) : FindNamedAsync(reader, bucket, key, versionId, ct);

    private static async ValueTask<Result<VersionRecord>> FindCurrentAsync(IKvReader reader, BucketRecord bucket, byte[] key, CancellationToken ct)
    {
        var current = await VersionRows.GetCurrentAsync(reader, bucket.Id, key, ct);
        if (current is not null) return current;
        if (bucket.Versioning == (uint)VersioningState.Unversioned) return ObjectFault.NoSuchKey;
        var newest = await VersionRows.GetNewestOtherAsync(reader, bucket.Id, key, ct);
        return newest is null ? ObjectFault.NoSuchKey : MarkerInTheWay(ObjectFault.DeleteMarkerIsCurrent, newest);
    }

    private static async ValueTask<Result<VersionRecord>> FindNamedAsync(IKvReader reader, BucketRecord bucket, byte[] key, string versionId, CancellationToken ct)
    {
        var found = await VersionRows.FindAsync(reader, bucket.Id, key, versionId, ct);
        if (found.IsOk && found.Value.IsDeleteMarker()) return MarkerInTheWay(ObjectFault.VersionIsDeleteMarker, found.Value);
        return found;
    }

    private static Failure MarkerInTheWay(ObjectFault fault, VersionRecord marker) => new(fault)
    {
        VersionId = VersionId.NameOf(marker),
        LastModified = KvRecords.FromTicks(marker.ModifiedTicks),
    };

    private sealed record Found(BucketRecord Bucket, byte[] Key, VersionRecord Record, ObjectInfo Info);
}
