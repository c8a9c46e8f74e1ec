using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.Replication;

/// <summary>A bucket of this store.</summary>
internal sealed class LocalReplicaTarget(ObjectServices services, string bucket, string ownerId, bool takesAcl) : IReplicaTarget
{
    /// <summary>Replicas keep the ACL of their version, and its owner.</summary>
    public bool TakesAcl => takesAcl;

    public static async ValueTask<TargetAnswer<LocalReplicaTarget>> FindAsync(ObjectServices services, ReplicaDestination destination, ReplicaSource source, CancellationToken ct)
    {
        using var snapshot = services.Engine.Store.Snapshot();
        if (await ObjectEngine.GetBucketAsync(snapshot, destination.Bucket, ct) is not { } bucket) return ReplicaOutcome.Unavailable($"NoSuchBucket: there is no bucket {destination.Bucket}.");
        // Where ACLs are not in force all belongs to the bucket's owner.
        var ownership = OwnershipControls.Read(await BucketConfigurations.ReadAsync(snapshot, bucket.Id, OwnershipControls.Kind, ct));
        var isOwned = destination.OwnedByDestination || ownership == ObjectOwnership.BucketOwnerEnforced || source.Record.OwnerId.Length == 0;
        return new LocalReplicaTarget(services, destination.Bucket, isOwned ? bucket.OwnerId : source.Record.OwnerId, takesAcl: !isOwned);
    }

    public static async ValueTask<DestinationProbe> ProbeAsync(ObjectServices services, ReplicaDestination destination, SourceTraits source, CancellationToken ct)
    {
        using var snapshot = services.Engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, destination.Bucket, ct);
        if (bucket is null) return new DestinationProbe(DestinationState.NotFound, $"There is no bucket {destination.Bucket}.");
        if (bucket.Versioning != (uint)VersioningState.Enabled) return new DestinationProbe(DestinationState.NotVersioned, $"The bucket {destination.Bucket} does not keep versions.");
        return source.ObjectLock && !bucket.ObjectLock
            ? new DestinationProbe(DestinationState.NoObjectLock, $"The bucket {destination.Bucket} has no object lock.")
            : new DestinationProbe(DestinationState.Ready);
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> StateAsync(string key, ReplicaDocument document, bool mustExist, CancellationToken ct) =>
        AnswerOf(await services.Replicas.StateAsync(Request(key, document, mustExist), ct));

    public async ValueTask<TargetAnswer<ReplicaWrite>?> ShareAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct)
    {
        if (!source.IsOf(services.Engine)) return null;
        var shared = await services.Replicas.ShareAsync(Request(key, document), source, ct);
        if (!shared.IsOk) return ReplicaRefusals.Of(shared.Failure);
        return shared.Value is { } written ? (TargetAnswer<ReplicaWrite>)written : null;
    }

    public bool TakesSealed => true;

    public async ValueTask<TargetAnswer<ReplicaWrite>> ShareSealedAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct)
    {
        if (!source.IsOf(services.Engine)) return ReplicaOutcome.Refused("The version is encrypted with a key that only its writer has (SSE-C).");
        var shared = await services.Replicas.ShareSealedAsync(Request(key, document), source, ct);
        if (!shared.IsOk) return ReplicaRefusals.Of(shared.Failure);
        return shared.Value is { } written ? written : ReplicaOutcome.Refused("The version is encrypted with a key that only its writer has (SSE-C), and stored in another way than the destination would.");
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> PutAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct)
    {
        await using var body = new HandleSource(source, 0, source.Info.LengthBytes, default, ct);
        return AnswerOf(await services.Replicas.PutAsync(Request(key, document), body, ct));
    }

    public async ValueTask<TargetAnswer<ReplicaUpload>> BeginAsync(string key, ReplicaDocument document, CancellationToken ct) =>
        AnswerOf(await services.Replicas.BeginAsync(Request(key, document), ct));

    public async ValueTask<TargetAnswer<Done>> PutPartAsync(string key, string uploadId, PartInfo part, ObjectHandle source, CancellationToken ct)
    {
        await using var body = new HandleSource(source, part.OffsetBytes, part.LengthBytes, default, ct);
        var put = await services.Replicas.PutPartAsync(new UploadPartRequest { Bucket = bucket, Key = key, UploadId = uploadId, PartNumber = part.PartNumber }, body, ct);
        return put.IsOk ? new Done() : ReplicaRefusals.Of(put.Failure);
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> CompleteAsync(string key, ReplicaDocument document, string uploadId, CancellationToken ct) =>
        AnswerOf(await services.Replicas.CompleteAsync(Request(key, document), uploadId, document.Parts, ct));

    public async ValueTask<TargetAnswer<IReadOnlyList<string>>> CompareAnnotationsAsync(string key, ReplicaAnnotationList list, CancellationToken ct)
    {
        var compared = await services.Replicas.CompareAnnotationsAsync(bucket, key, list, ChangeOrigin.Replication, ct);
        return compared.IsOk ? new TargetAnswer<IReadOnlyList<string>>(compared.Value, null) : ReplicaRefusals.Of(compared.Failure);
    }

    public async ValueTask<TargetAnswer<ReplicaWrite>> PutAnnotationAsync(string key, ReplicaAnnotationList one, ObjectHandle text, CancellationToken ct)
    {
        await using var body = new HandleSource(text, 0, text.Info.LengthBytes, default, ct);
        return AnswerOf(await services.Replicas.PutAnnotationAsync(bucket, key, one, body, ChangeOrigin.Replication, ct));
    }

    private ReplicaRequest Request(string key, ReplicaDocument document, bool mustExist = false) => ReplicaSource.ToRequest(bucket, key, document, ownerId, mustExist, takesAcl);

    private static TargetAnswer<T> AnswerOf<T>(Result<T> result) => result.IsOk ? result.Value : ReplicaRefusals.Of(result.Failure);
}
