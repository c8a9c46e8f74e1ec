using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What the rules have to know of storage classes.</summary>
internal interface IStorageClassOrder
{
    /// <summary>Whether objects may go from one class down into another.</summary>
    bool IsBelow(string from, string to);
}

internal sealed partial class LifecycleRules
{
    /// <summary>Of several transitions that are due, the one into the lowest class; else the next one to come.</summary>
    private LifecyclePlan JudgeTransitions(ReadOnlySpan<byte> key, VersionRecord record, ulong sinceTicks, bool isNoncurrent, int newer, ulong nowTicks)
    {
        var own = record.StorageClass.Length == 0 ? StorageClassTable.Standard : record.StorageClass;
        var (due, next) = (LifecyclePlan.Nothing, LifecyclePlan.Nothing);
        foreach (var rule in _rules)
        {
            var transitions = isNoncurrent ? rule.Rule.NoncurrentTransitions : rule.Rule.Transitions;
            if (transitions.Count == 0 || !rule.Fits(key, record) || IsTooSmall(rule.Rule, record)) continue;
            foreach (var transition in transitions)
            {
                var isOwn = transition.StorageClass == own;
                if (newer < transition.NewerNoncurrentVersions || (!isOwn && !_classes.IsBelow(own, transition.StorageClass))) continue;
                var at = transition.Date is { } date ? LifecycleClock.Due(date) : _clock.Due(sinceTicks, transition.Days ?? 0);
                var plan = new LifecyclePlan(LifecycleAction.Transition, at, rule.Rule.Id, transition.StorageClass);
                if (at > nowTicks && !isOwn && at < next.DueTicks) next = plan;
                if (at <= nowTicks && IsLower(plan, due)) due = plan;
            }
        }
        // What has been done stays done: the class that the version is in takes part, so that none above it comes next.
        return due.Action == LifecycleAction.Transition && due.StorageClass != own ? due : next with { Action = LifecycleAction.None };
    }

    /// <summary>By the order of classes; by their times where there is none.</summary>
    private bool IsLower(LifecyclePlan plan, LifecyclePlan than)
    {
        if (than.StorageClass is null) return true;
        var isBelow = _classes.IsBelow(than.StorageClass, plan.StorageClass!);
        return isBelow != _classes.IsBelow(plan.StorageClass!, than.StorageClass) ? isBelow : plan.DueTicks >= than.DueTicks;
    }

    /// <summary>A rule that asks for a size knows what it wants. Source: S3 User Guide, "Constraints and considerations for transitions".</summary>
    private bool IsTooSmall(LifecycleRule rule, VersionRecord record) =>
        (long)record.Length < _minimumBytes && rule.SizeGreaterThan is null && rule.SizeLessThan is null;
}
