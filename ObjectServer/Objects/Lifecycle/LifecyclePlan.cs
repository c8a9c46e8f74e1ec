namespace ObjectStore.Server.Objects;

internal enum LifecycleAction : byte
{
    /// <summary>Nothing yet, or never.</summary>
    None,

    /// <summary>The current version: removed, or hidden by a delete marker, as the bucket's versioning has it.</summary>
    Expire,

    /// <summary>A noncurrent version or a delete marker, for good.</summary>
    Remove,

    /// <summary>Into another storage class.</summary>
    Transition,
}

/// <summary>What the rules want of a version: now, or at the next moment at which they want something.</summary>
/// <param name="Action">What is due now; None if nothing is.</param>
/// <param name="DueTicks">Since when that is due; with None when something will be, <see cref="Never"/> if nothing will.</param>
/// <param name="RuleId">Of the rule that wants it.</param>
/// <param name="StorageClass">Of a transition.</param>
internal readonly record struct LifecyclePlan(LifecycleAction Action, ulong DueTicks, string? RuleId = null, string? StorageClass = null)
{
    public const ulong Never = ulong.MaxValue;

    public static LifecyclePlan Nothing { get; } = new(LifecycleAction.None, Never);

    public bool IsEmpty => DueTicks == Never;
}
