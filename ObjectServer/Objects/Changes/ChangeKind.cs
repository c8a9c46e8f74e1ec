namespace ObjectStore.Server.Objects;

/// <summary>What became of an object. Values are stored, and are bits of a mask: at most 63.</summary>
internal enum ChangeKind : byte
{
    None = 0,
    CreatedByPut = 1,
    CreatedByPost = 2,
    CreatedByCopy = 3,
    CreatedByCompletion = 4,

    /// <summary>A version is gone for good.</summary>
    Removed = 5,
    DeleteMarkerMade = 6,

    /// <summary>A version is gone for good, by a rule of lifecycle.</summary>
    Expired = 7,

    /// <summary>A delete marker was made by a rule of lifecycle.</summary>
    ExpiredByMarker = 8,
    TagsPut = 9,
    TagsRemoved = 10,
    AclPut = 11,

    /// <summary>Nothing that S3 notifies of; for those who keep copies.</summary>
    RetentionPut = 12,

    /// <inheritdoc cref="RetentionPut"/>
    LegalHoldPut = 13,
    Transitioned = 14,
    RestoreBegun = 15,
    Restored = 16,

    /// <summary>The restored copy is gone again.</summary>
    RestoreExpired = 17,

    /// <inheritdoc cref="RetentionPut"/>
    EncryptionUpdated = 18,

    /// <summary>An annotation of the version was made or replaced; the change names it.</summary>
    AnnotationPut = 19,

    /// <inheritdoc cref="AnnotationPut"/>
    AnnotationRemoved = 20,

    /// <summary>A destination does not take the version, or what has changed about it.</summary>
    ReplicationFailed = 21,

    /// <summary>It has waited for longer than its rule's threshold.</summary>
    ReplicationMissedThreshold = 22,

    /// <summary>It is at its destination, after the threshold.</summary>
    ReplicatedAfterThreshold = 23,

    /// <summary>No change: a version that was there before its rule is to be replicated.</summary>
    ReplicationWanted = 24,
}
