using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What the rules have to know of storage classes.</summary>
internal interface IStorageClassOrder
{
    /// <summary>Whether objects may go from one class down into another.</summary>
    bool IsBelow(string from, string to);

    /// <summary>Whether one of the two is below the other whatever the rules say.</summary>
    bool IsOrdered(string one, string other);
}

internal sealed partial class LifecycleRules
{
    /// <summary>Of several transitions that are due, the one into the lowest class; else the next one to come.</summary>
    private LifecyclePlan JudgeTransitions(ReadOnlySpan<byte> key, VersionRecord record, ulong sinceTicks, bool isNoncurrent, int newer, ulong nowTicks)
    {
        var own = record.StorageClass.Length == 0 ? StorageClassTable.Standard : record.StorageClass;
        var ownAt = FindOwnTime(key, record, own, sinceTicks, isNoncurrent);
        // Of two at one time the one that stands behind the other is the later.
        var hasPassedOwn = false;
        var (due, next) = (LifecyclePlan.Nothing, LifecyclePlan.Nothing);
        foreach (var rule in _rules)
        {
            var transitions = isNoncurrent ? rule.Rule.NoncurrentTransitions : rule.Rule.Transitions;
            if (transitions.Count == 0 || !rule.Fits(key, record) || IsTooSmall(rule.Rule, record)) continue;
            foreach (var transition in transitions)
            {
                var isOwn = transition.StorageClass == own;
                var at = TimeOf(transition, sinceTicks);
                hasPassedOwn |= isOwn && at == ownAt;
                if (newer < transition.NewerNoncurrentVersions || (!isOwn && !_classes.IsBelow(own, transition.StorageClass))) continue;
                var isBeforeOwn = at < ownAt || (at == ownAt && !hasPassedOwn);
                if (isBeforeOwn && !_classes.IsOrdered(own, transition.StorageClass)) continue;
                var plan = new LifecyclePlan(LifecycleAction.Transition, at, rule.Rule.Id, transition.StorageClass);
                if (at > nowTicks && !isOwn && at < next.DueTicks) next = plan;
                if (at <= nowTicks && IsLower(plan, due)) due = plan;
            }
        }
        // What has been done stays done: the class that the version is in takes part, so that none above it comes next.
        return due.Action == LifecycleAction.Transition && due.StorageClass != own ? due : next with { Action = LifecycleAction.None };
    }

    /// <summary>
    /// When the rules would have the version in the class that it is in; 0 if they never would. Where classes have no order their times give one: a version
    /// that is in the later one already does not go to the earlier one, also when the deletion of its successor makes its time begin anew.
    /// </summary>
    private ulong FindOwnTime(ReadOnlySpan<byte> key, VersionRecord record, string own, ulong sinceTicks, bool isNoncurrent)
    {
        var latest = 0UL;
        foreach (var rule in _rules)
        {
            var transitions = isNoncurrent ? rule.Rule.NoncurrentTransitions : rule.Rule.Transitions;
            if (transitions.Count == 0 || !rule.Fits(key, record)) continue;
            foreach (var transition in transitions)
            {
                if (transition.StorageClass == own) latest = Math.Max(latest, TimeOf(transition, sinceTicks));
            }
        }
        return latest;
    }

    private ulong TimeOf(LifecycleTransition transition, ulong sinceTicks) =>
        transition.Date is { } date ? LifecycleClock.Due(date) : _clock.Due(sinceTicks, transition.Days ?? 0);

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
