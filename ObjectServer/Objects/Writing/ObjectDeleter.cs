using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Deletes objects and versions. What loses its last reference becomes garbage in the same transaction.</summary>
internal sealed class ObjectDeleter(ObjectEngine engine)
{
    public async ValueTask<Result<DeleteResult>> DeleteAsync(DeleteRequest request, CancellationToken ct)
    {
        if (!ObjectEngine.TryEncodeKey(request.Key, out var key)) return ObjectFault.InvalidKey;
        using var turn = await engine.Locks.LockAsync(request.Bucket, request.Key, ct);
        return await engine.Transactions.RunAsync<DeleteResult>(async transaction =>
        {
            var bucket = await ObjectEngine.GetBucketAsync(transaction, request.Bucket, ct);
            if (bucket is null) return ObjectFault.NoSuchBucket;
            var now = engine.NowTicks();
            var versions = await KeyVersions.LoadAsync(engine.Lifecycle, transaction, bucket, key, now, ct);
            Result<Deleted> result;
            if (request.VersionId is not null)
            {
                var found = await VersionRows.FindAsync(transaction, bucket.Id, key, request.VersionId, ct);
                result = await DeleteVersionAsync(versions, request, found, now, ct);
            }
            else
            {
                result = await DeleteCurrentAsync(versions, bucket, request, now, ct);
            }
            if (!result.IsOk) return result.Failure;
            versions.WriteCounters(engine.Ids.NextNonce());
            var deleted = result.Value.Result;
            if (result.Value.Version is { } version)
                await engine.Changes.AddAsync(transaction, bucket, versions, new Change(request.Bucket, key, KindOf(request, deleted), version, now, request.Origin), ct);
            var operation = request.IsOfMany ? "REST.POST.DELETE_MULTI_OBJECT" : "REST.DELETE.OBJECT";
            var entry = new JournalEntry(operation, request.Key, IsRequired: false) { VersionId = deleted.VersionId };
            if (deleted.Existed || deleted.MarkerMade) await Journal.AppendAsync(engine, transaction, request.Bucket, bucket, entry, now, ct);
            return deleted;
        }, ct);
    }

    /// <summary>One small transaction a key, some in parallel; results in the order of the requests. All requests name <paramref name="bucket"/>.</summary>
    public async ValueTask<Result<IReadOnlyList<Result<DeleteResult>>>> DeleteManyAsync(string bucket, IReadOnlyList<DeleteRequest> requests, CancellationToken ct)
    {
        using (var snapshot = engine.Store.Snapshot())
        {
            if (await ObjectEngine.GetBucketAsync(snapshot, bucket, ct) is null) return ObjectFault.NoSuchBucket;
        }
        var results = new Result<DeleteResult>[requests.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = engine.Options.DeleteParallelism, CancellationToken = ct };
        await Parallel.ForAsync(0, requests.Count, options, async (i, token) => results[i] = await DeleteAsync(requests[i], token));
        return results;
    }

    private static ChangeKind KindOf(DeleteRequest request, DeleteResult result) => (result.MarkerMade, request.IsExpiration) switch
    {
        (true, true) => ChangeKind.ExpiredByMarker,
        (true, false) => ChangeKind.DeleteMarkerMade,
        (false, true) => ChangeKind.Expired,
        (false, false) => ChangeKind.Removed,
    };

    private static async ValueTask<Result<Deleted>> DeleteVersionAsync(KeyVersions versions, DeleteRequest request, Result<VersionRecord> found, ulong nowTicks, CancellationToken ct)
    {
        if (found.Fault == ObjectFault.NoSuchVersion) return new Deleted(new DeleteResult(request.VersionId, IsDeleteMarker: false, MarkerMade: false, Existed: false), null);
        if (!found.IsOk) return found.Failure;
        var record = found.Value;
        if (request.Conditions.IsSet && ConditionRules.Check(request.Conditions, record) is { } failure) return failure;
        if (LockRules.CheckDelete(record, request.BypassGovernance, nowTicks) is { } locked) return locked;
        await versions.RemoveAsync(record, ct);
        return new Deleted(new DeleteResult(request.VersionId, record.IsDeleteMarker(), MarkerMade: false, Existed: true), record);
    }

    private async ValueTask<Result<Deleted>> DeleteCurrentAsync(KeyVersions versions, BucketRecord bucket, DeleteRequest request, ulong nowTicks, CancellationToken ct)
    {
        var current = versions.Current;
        if (request.Conditions.IsSet)
        {
            // A delete marker is not the content that the caller expects to delete.
            if (request.Conditions.NamesContent && await versions.EndsInMarkerAsync(ct)) return ObjectFault.PreconditionFailed;
            // Nothing to compare with is nothing to delete, and no error: also no marker is made for it.
            if (current is null) return new Deleted(new DeleteResult(null, IsDeleteMarker: false, MarkerMade: false, Existed: false), null);
            if (ConditionRules.Check(request.Conditions, current) is { } failure) return failure;
        }
        if (bucket.Versioning == (uint)VersioningState.Unversioned)
        {
            if (current is not null) await versions.RemoveAsync(current, ct);
            return new Deleted(new DeleteResult(null, IsDeleteMarker: false, MarkerMade: false, Existed: current is not null), current);
        }
        var marker = new VersionRecord
        {
            Sequence = await versions.NextSequenceAsync(ct),
            Nonce = engine.Ids.NextNonce(),
            Flags = (uint)VersionFlags.DeleteMarker,
            ModifiedTicks = nowTicks,
            OwnerId = request.OwnerId ?? "",
        };
        await versions.InsertAsync(marker, ct);
        return new Deleted(new DeleteResult(VersionId.NameOf(marker), IsDeleteMarker: true, MarkerMade: true, Existed: current is not null), marker);
    }

    /// <param name="Version">That is gone, or the marker that was made; null if nothing has changed.</param>
    private readonly record struct Deleted(DeleteResult Result, VersionRecord? Version);
}
