using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>One change of one version, as its transaction is about to commit it.</summary>
/// <param name="Version">As it is then; as it was, of one that is removed.</param>
internal readonly record struct Change(string Bucket, byte[] Key, ChangeKind Kind, VersionRecord Version, ulong NowTicks, ChangeOrigin Origin)
{
    /// <summary>The name of the annotation that it is about; null when it is about the version.</summary>
    public string? Annotation { get; init; }

    /// <summary>Of what became of a version's replication.</summary>
    public ReplicationEvent? Replication { get; init; }
}

/// <param name="Reason">Null where nothing failed.</param>
internal sealed record ReplicationEvent(string DestinationArn, string RuleId, string? Reason);

/// <param name="Position">In its queue; greater than those of all earlier changes of its key.</param>
internal readonly record struct QueuedChange(ulong Position, ChangeRecord Record);

/// <summary>Bits of <c>BucketRecord.listeners</c>. Stored.</summary>
internal static class Listeners
{
    public const uint Notifications = 1;
    public const uint Replication = 2;
}
