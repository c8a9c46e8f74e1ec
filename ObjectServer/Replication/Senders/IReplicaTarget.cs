using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Replication;

/// <summary>A store that takes versions under their own ids: this one, or another of its kind. All calls may be repeated.</summary>
internal interface IReplicaTarget
{
    /// <summary>A delete marker, or what is said of a version. <see cref="ReplicaState.Wanted"/>: its bytes are missing.</summary>
    /// <param name="mustExist">A version that is not there is refused.</param>
    ValueTask<TargetAnswer<ReplicaWrite>> StateAsync(string key, ReplicaDocument document, bool mustExist, CancellationToken ct);

    /// <summary>Whether the version's bytes are the target's already, so that they need not move; else null.</summary>
    ValueTask<TargetAnswer<ReplicaWrite>?> ShareAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct) => ValueTask.FromResult<TargetAnswer<ReplicaWrite>?>(null);

    /// <summary>Whether it takes versions that only their writers can open.</summary>
    bool TakesSealed => false;

    /// <summary>A version that only its writer can open, under the key that it has.</summary>
    /// <param name="source">Its bytes as they are stored.</param>
    ValueTask<TargetAnswer<ReplicaWrite>> ShareSealedAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct) => throw new NotSupportedException();

    ValueTask<TargetAnswer<ReplicaWrite>> PutAsync(string key, ReplicaDocument document, ObjectHandle source, CancellationToken ct);

    ValueTask<TargetAnswer<ReplicaUpload>> BeginAsync(string key, ReplicaDocument document, CancellationToken ct);

    ValueTask<TargetAnswer<Done>> PutPartAsync(string key, string uploadId, PartInfo part, ObjectHandle source, CancellationToken ct);

    /// <param name="document">With the parts.</param>
    ValueTask<TargetAnswer<ReplicaWrite>> CompleteAsync(string key, ReplicaDocument document, string uploadId, CancellationToken ct);

    /// <summary>Names the annotations whose texts are missing.</summary>
    ValueTask<TargetAnswer<IReadOnlyList<string>>> CompareAnnotationsAsync(string key, ReplicaAnnotationList list, CancellationToken ct);

    /// <param name="one">The version, and one annotation.</param>
    ValueTask<TargetAnswer<ReplicaWrite>> PutAnnotationAsync(string key, ReplicaAnnotationList one, ObjectHandle text, CancellationToken ct);
}

/// <summary>What a target answers: a value, or why there is none.</summary>
internal readonly record struct TargetAnswer<T>(T? Value, ReplicaOutcome? Refusal)
{
    public static implicit operator TargetAnswer<T>(T value) => new(value, null);

    public static implicit operator TargetAnswer<T>(ReplicaOutcome refusal) => new(default, refusal);
}
