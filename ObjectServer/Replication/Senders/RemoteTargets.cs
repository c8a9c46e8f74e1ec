namespace ObjectStore.Server.Replication;

/// <summary>Buckets at remotes.</summary>
internal sealed class RemoteTargets
{
    internal sealed record Found(IReplicaTarget? Target);

    public ValueTask<TargetAnswer<Found>> FindAsync(ReplicaDestination destination, ReplicaSource source, CancellationToken ct) => ValueTask.FromResult<TargetAnswer<Found>>(ReplicaOutcome.Unavailable("Remotes are no destinations of replication yet."));

    public ValueTask<DestinationProbe> ProbeAsync(ReplicaDestination destination, SourceTraits source, CancellationToken ct) =>
        ValueTask.FromResult(new DestinationProbe(DestinationState.Unsupported, "Remotes are no destinations of replication yet."));
}
