namespace ObjectStore.Server.Objects;

/// <summary>What of a version has changed. Without <see cref="Version"/> the destination has the version, or it is refused.</summary>
[Flags]
internal enum ReplicaParts : uint
{
    None = 0,

    /// <summary>The version itself, with all that follows; or a delete marker. A destination that has it already keeps its bytes.</summary>
    Version = 1,

    /// <summary>
    /// Each of these has the time when it was set last (<c>ReplicationRecord.*_ticks</c>; 0: with the version). Of two stores that replicate to
    /// one another the later one wins in both; of equal times the greater bytes.
    /// </summary>
    Tags = 2,
    Acl = 4,
    Retention = 8,
    LegalHold = 16,
    Annotations = 32,
}

internal static class ReplicaPartsOf
{
    /// <summary>None for changes that are not replicated: removals for good, what lifecycle does, moves between storage classes, keys.</summary>
    public static ReplicaParts Change(ChangeKind kind) => kind switch
    {
        ChangeKind.CreatedByPut or ChangeKind.CreatedByPost or ChangeKind.CreatedByCopy or ChangeKind.CreatedByCompletion => ReplicaParts.Version,
        ChangeKind.DeleteMarkerMade or ChangeKind.ReplicationWanted => ReplicaParts.Version,
        ChangeKind.TagsPut or ChangeKind.TagsRemoved => ReplicaParts.Tags,
        ChangeKind.AclPut => ReplicaParts.Acl,
        ChangeKind.RetentionPut => ReplicaParts.Retention,
        ChangeKind.LegalHoldPut => ReplicaParts.LegalHold,
        ChangeKind.AnnotationPut or ChangeKind.AnnotationRemoved => ReplicaParts.Annotations,
        _ => ReplicaParts.None,
    };
}
