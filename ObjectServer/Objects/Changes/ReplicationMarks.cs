using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What a version's row says of its replication.</summary>
internal static class ReplicationMarks
{
    public static ReplicaStateRecord? Find(ReplicationRecord? replication, ulong destination)
    {
        if (replication is null) return null;
        foreach (var state in replication.Destinations)
        {
            if (state.Destination == destination) return state;
        }
        return null;
    }

    /// <summary>A row was written that is about the version.</summary>
    public static void SetPending(VersionRecord version, ulong destination, ulong position)
    {
        var replication = version.Replication ??= new ReplicationRecord();
        var state = Find(replication, destination);
        if (state is null) replication.Destinations.Add(state = new ReplicaStateRecord { Destination = destination });
        (state.Status, state.Position) = ((uint)ReplicationStatus.Pending, position);
        Conclude(replication);
    }

    /// <summary>
    /// That row has been dealt with. Nothing changes while a later one waits. Whether anything has changed.
    /// </summary>
    /// <param name="status">None: the version has nothing to do with the destination any more.</param>
    public static bool SetDone(VersionRecord version, ulong destination, ulong position, ReplicationStatus status)
    {
        if (version.Replication is not { } replication || Find(replication, destination) is not { } state || state.Position != position) return false;
        if (status == ReplicationStatus.None) replication.Destinations.Remove(state);
        else state.Status = (uint)status;
        Conclude(replication);
        return true;
    }

    /// <summary>When parts were changed by a client, so that of two stores the later change wins. Later than any change before, also by another clock.</summary>
    public static void NoteChange(VersionRecord version, ReplicaParts parts, ulong nowTicks)
    {
        if (version.Replication is not { } replication) return;
        if (parts.HasFlag(ReplicaParts.Tags)) replication.TagsTicks = Math.Max(nowTicks, replication.TagsTicks + 1);
        if (parts.HasFlag(ReplicaParts.Acl)) replication.AclTicks = Math.Max(nowTicks, replication.AclTicks + 1);
        if (parts.HasFlag(ReplicaParts.Retention)) replication.RetentionTicks = Math.Max(nowTicks, replication.RetentionTicks + 1);
        if (parts.HasFlag(ReplicaParts.LegalHold)) replication.LegalHoldTicks = Math.Max(nowTicks, replication.LegalHoldTicks + 1);
        if (parts.HasFlag(ReplicaParts.Annotations)) replication.AnnotationsTicks = Math.Max(nowTicks, replication.AnnotationsTicks + 1);
    }

    /// <summary>
    /// As clients are told: of several destinations the worst. A replica whose own changes are under way is pending. Source: S3 User Guide,
    /// "Getting replication status information"; API reference, GetObject.
    /// </summary>
    public static ReplicationStatus Shown(ReplicationRecord? replication)
    {
        if (replication is null) return ReplicationStatus.None;
        var own = (ReplicationStatus)replication.Status;
        return own == ReplicationStatus.Replica && WorstOf(replication) is var worst and (ReplicationStatus.Pending or ReplicationStatus.Failed) ? worst : own;
    }

    private static void Conclude(ReplicationRecord replication)
    {
        if (replication.Status != (uint)ReplicationStatus.Replica) replication.Status = (uint)WorstOf(replication);
    }

    private static ReplicationStatus WorstOf(ReplicationRecord replication)
    {
        var worst = ReplicationStatus.None;
        foreach (var state in replication.Destinations)
        {
            var status = (ReplicationStatus)state.Status;
            if (Rank(status) > Rank(worst)) worst = status;
        }
        return worst;
    }

    private static int Rank(ReplicationStatus status) => status switch
    {
        ReplicationStatus.Completed => 1,
        ReplicationStatus.Failed => 2,
        ReplicationStatus.Pending => 3,
        _ => 0,
    };
}
