namespace ObjectStore.Server.Replication;

/// <summary>Judges whether the role of a bucket's rules may do what replication is about to do.</summary>
internal interface IReplicationPermission
{
    /// <summary>Null if it may; else why not, for the operator.</summary>
    /// <param name="role">ARN of a role, or of the root of an account.</param>
    /// <param name="isMarker">The version is a delete marker.</param>
    ValueTask<string?> RefuseAsync(string role, ReplicaTask task, bool isMarker, CancellationToken ct);
}
