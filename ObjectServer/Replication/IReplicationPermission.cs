using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Replication;

/// <summary>Judges whether the role of a bucket's rules may do what replication is about to do.</summary>
internal interface IReplicationPermission
{
    /// <summary>Null if it may; else why not, for the operator.</summary>
    /// <param name="role">ARN of a role, or of the root of an account.</param>
    /// <param name="version">That the task is about.</param>
    ValueTask<string?> RefuseAsync(string role, ReplicaTask task, VersionRecord version, CancellationToken ct);
}
