using System.Collections.Frozen;

namespace ObjectStore.Server.Objects;

/// <summary>The event types of S3 and the changes behind them. Source: S3 User Guide, "Supported event types for SQS, SNS, and Lambda".</summary>
internal static class NotificationEvents
{
    private static readonly FrozenDictionary<ChangeKind, string> Names = new Dictionary<ChangeKind, string>
    {
        [ChangeKind.CreatedByPut] = "s3:ObjectCreated:Put",
        [ChangeKind.CreatedByPost] = "s3:ObjectCreated:Post",
        [ChangeKind.CreatedByCopy] = "s3:ObjectCreated:Copy",
        [ChangeKind.CreatedByCompletion] = "s3:ObjectCreated:CompleteMultipartUpload",
        [ChangeKind.Removed] = "s3:ObjectRemoved:Delete",
        [ChangeKind.DeleteMarkerMade] = "s3:ObjectRemoved:DeleteMarkerCreated",
        [ChangeKind.Expired] = "s3:LifecycleExpiration:Delete",
        [ChangeKind.ExpiredByMarker] = "s3:LifecycleExpiration:DeleteMarkerCreated",
        [ChangeKind.TagsPut] = "s3:ObjectTagging:Put",
        [ChangeKind.TagsRemoved] = "s3:ObjectTagging:Delete",
        [ChangeKind.AclPut] = "s3:ObjectAcl:Put",
        [ChangeKind.Transitioned] = "s3:LifecycleTransition",
        [ChangeKind.ReplicationFailed] = "s3:Replication:OperationFailedReplication",
        [ChangeKind.ReplicationMissedThreshold] = "s3:Replication:OperationMissedThreshold",
        [ChangeKind.ReplicatedAfterThreshold] = "s3:Replication:OperationReplicatedAfterThreshold",
        [ChangeKind.RestoreBegun] = "s3:ObjectRestore:Post",
        [ChangeKind.Restored] = "s3:ObjectRestore:Completed",
        [ChangeKind.RestoreExpired] = "s3:ObjectRestore:Delete",
        [ChangeKind.AnnotationPut] = "s3:ObjectAnnotation:Put",
        [ChangeKind.AnnotationRemoved] = "s3:ObjectAnnotation:Delete",
    }.ToFrozenDictionary();

    /// <summary>Types that S3 has and this store has no occasion for: a rule that waits for them would be kept without effect.</summary>
    private static readonly FrozenSet<string> Unbuilt = new[]
    {
        "s3:TestEvent", "s3:ReducedRedundancyLostObject", "s3:IntelligentTiering",
        "s3:Replication:OperationNotTracked",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, ulong> Kinds = Index();

    /// <summary>The type as events name it, without "s3:"; null for changes that S3 has no event for.</summary>
    public static string? NameOf(ChangeKind kind) => Names.TryGetValue(kind, out var name) ? name["s3:".Length..] : null;

    /// <summary>The changes of one type, or of a family such as s3:ObjectCreated:*, as a mask; 0 if there is no such type here.</summary>
    public static ulong KindsOf(string type) => Kinds.GetValueOrDefault(type);

    public static ulong KindsOf(IEnumerable<string> types) => types.Aggregate(0UL, static (mask, type) => mask | KindsOf(type));

    /// <summary>Whether S3 has the type and this store does not.</summary>
    public static bool IsUnbuilt(string type) => Unbuilt.Contains(type);

    private static FrozenDictionary<string, ulong> Index()
    {
        var kinds = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var (kind, name) in Names)
        {
            kinds[name] = 1UL << (int)kind;
            // Types that stand alone have no wildcard.
            if (kind is ChangeKind.AclPut or ChangeKind.Transitioned) continue;
            var family = name[..(name.LastIndexOf(':') + 1)] + "*";
            kinds[family] = kinds.GetValueOrDefault(family) | 1UL << (int)kind;
        }
        return kinds.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
