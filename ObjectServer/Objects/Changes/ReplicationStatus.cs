namespace ObjectStore.Server.Objects;

/// <summary>Of a version, or of a version at one destination. Values are stored (<c>ReplicationRecord.status</c>).</summary>
internal enum ReplicationStatus : byte
{
    /// <summary>No rule fits it, and it came from nowhere.</summary>
    None = 0,
    Pending = 1,
    Completed = 2,
    Failed = 3,

    /// <summary>Replication has made it: it is not replicated again, only what is changed about it here, where a rule says so.</summary>
    Replica = 4,
}
