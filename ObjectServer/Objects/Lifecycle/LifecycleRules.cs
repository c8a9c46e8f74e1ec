using System.Text;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// The rules of a bucket, made ready to judge versions. Pure: what is due of a version follows from its row, where it stands,
/// and the time. Where several rules speak of one version, deletion wins over transition and the earlier moment over the later.
/// Source: S3 User Guide, "Managing the lifecycle of objects".
/// </summary>
internal sealed partial class LifecycleRules
{
    private readonly CompiledRule[] _rules;
    private readonly LifecycleClock _clock;
    private readonly IStorageClassOrder _classes;
    private readonly long _minimumBytes;

    public LifecycleRules(LifecycleConfiguration configuration, LifecycleClock clock, IStorageClassOrder classes)
    {
        _clock = clock;
        _classes = classes;
        _rules = [.. configuration.Rules.Where(rule => rule.IsEnabled).Select(rule => new CompiledRule(rule))];
        _minimumBytes = configuration.Minimum == TransitionMinimum.AllClasses128K ? 128 * 1024 : 0;
        KeepCounts = [.. _rules.Select(rule => rule.Rule.NewerNoncurrentVersions)
            .Concat(_rules.SelectMany(rule => rule.Rule.NoncurrentTransitions.Select(transition => transition.NewerNoncurrentVersions)))
            .Where(count => count > 0).Distinct()];
    }

    /// <summary>The numbers of noncurrent versions that rules keep, each once.</summary>
    public IReadOnlyList<int> KeepCounts { get; }

    public int MaxKeepCount => KeepCounts.Count == 0 ? 0 : KeepCounts.Max();

    /// <summary>Of the version that clients see.</summary>
    public LifecyclePlan JudgeCurrent(ReadOnlySpan<byte> key, VersionRecord record, ulong nowTicks)
    {
        var expiry = LifecyclePlan.Nothing;
        foreach (var rule in _rules)
        {
            if (!rule.Fits(key, record) || ExpiryOf(rule.Rule, record, _clock) is not { } due || due >= expiry.DueTicks) continue;
            expiry = new LifecyclePlan(LifecycleAction.Expire, due, rule.Rule.Id);
        }
        if (expiry.DueTicks <= nowTicks) return expiry;
        return Sooner(expiry, JudgeTransitions(key, record, record.ModifiedTicks, isNoncurrent: false, int.MaxValue, nowTicks));
    }

    /// <summary>When the current version will expire, by the calendar; null if no rule says so.</summary>
    public ObjectExpiration? ExpirationOf(ReadOnlySpan<byte> key, VersionRecord record)
    {
        var (soonest, id) = (LifecyclePlan.Never, "");
        foreach (var rule in _rules)
        {
            if (!rule.Fits(key, record) || ExpiryOf(rule.Rule, record, LifecycleClock.Calendar) is not { } due || due >= soonest) continue;
            (soonest, id) = (due, rule.Rule.Id);
        }
        return soonest == LifecyclePlan.Never ? null : new ObjectExpiration(KvRecords.FromTicks(soonest), id);
    }

    /// <summary>Of a delete marker that is its key's newest version. It is removed only if nothing is behind it, which the caller looks at.</summary>
    public LifecyclePlan JudgeMarker(ReadOnlySpan<byte> key, VersionRecord marker, ulong nowTicks)
    {
        var soonest = LifecyclePlan.Nothing;
        foreach (var rule in _rules)
        {
            if (!rule.FitsMarker(key)) continue;
            // Expiration after some days cleans up after itself: it takes markers that are as old.
            var due = rule.Rule.ExpiredObjectDeleteMarker == true ? marker.ModifiedTicks : ExpiryOf(rule.Rule, marker, _clock);
            if (due < soonest.DueTicks) soonest = new LifecyclePlan(LifecycleAction.Remove, due.Value, rule.Rule.Id);
        }
        return AsOf(soonest, nowTicks);
    }

    /// <summary>Of a version, or delete marker, that a newer one has replaced.</summary>
    /// <param name="sinceTicks">When its successor was made.</param>
    /// <param name="newer">Noncurrent versions with content that are newer; more than <see cref="MaxKeepCount"/> need not be counted.</param>
    public LifecyclePlan JudgeNoncurrent(ReadOnlySpan<byte> key, VersionRecord record, ulong sinceTicks, int newer, ulong nowTicks)
    {
        var removal = LifecyclePlan.Nothing;
        foreach (var rule in _rules)
        {
            if (rule.Rule.NoncurrentDays == 0 || newer < rule.Rule.NewerNoncurrentVersions) continue;
            if (!(record.IsDeleteMarker() ? rule.FitsMarker(key) : rule.Fits(key, record))) continue;
            var due = _clock.Due(sinceTicks, rule.Rule.NoncurrentDays);
            if (due < removal.DueTicks) removal = new LifecyclePlan(LifecycleAction.Remove, due, rule.Rule.Id);
        }
        removal = WhenUnlocked(removal, record);
        if (removal.DueTicks <= nowTicks) return removal;
        if (record.IsDeleteMarker()) return AsOf(removal, nowTicks);
        return Sooner(removal, JudgeTransitions(key, record, sinceTicks, isNoncurrent: true, newer, nowTicks));
    }

    /// <summary>When an upload that is still in progress is given up, and by which rule; null if no rule says so.</summary>
    public (ulong DueTicks, string RuleId)? AbortOf(ReadOnlySpan<byte> key, ulong initiatedTicks) => AbortOf(key, initiatedTicks, _clock);

    /// <summary>The same by the calendar, for x-amz-abort-date.</summary>
    public ObjectExpiration? AbortDateOf(ReadOnlySpan<byte> key, ulong initiatedTicks) =>
        AbortOf(key, initiatedTicks, LifecycleClock.Calendar) is { } abort ? new ObjectExpiration(KvRecords.FromTicks(abort.DueTicks), abort.RuleId) : null;

    private (ulong DueTicks, string RuleId)? AbortOf(ReadOnlySpan<byte> key, ulong initiatedTicks, LifecycleClock clock)
    {
        CompiledRule? soonest = null;
        foreach (var rule in _rules)
        {
            if (rule.Rule.AbortDays == 0 || !rule.FitsKey(key)) continue;
            if (soonest is null || rule.Rule.AbortDays < soonest.Rule.AbortDays) soonest = rule;
        }
        return soonest is null ? null : (clock.Due(initiatedTicks, soonest.Rule.AbortDays), soonest.Rule.Id);
    }

    private static ulong? ExpiryOf(LifecycleRule rule, VersionRecord record, LifecycleClock clock)
    {
        if (rule.ExpirationDays > 0) return clock.Due(record.ModifiedTicks, rule.ExpirationDays);
        return rule.ExpirationDate is { } date ? LifecycleClock.Due(date) : null;
    }

    /// <summary>What is locked stays for as long; a legal hold has no end, and who takes it away has the version judged anew.</summary>
    private static LifecyclePlan WhenUnlocked(LifecyclePlan plan, VersionRecord record)
    {
        if (plan.IsEmpty) return plan;
        if (record.LegalHold == (uint)LegalHold.On) return LifecyclePlan.Nothing;
        return record.RetentionMode == (uint)RetentionMode.None ? plan : plan with { DueTicks = Math.Max(plan.DueTicks, record.RetainUntilTicks) };
    }

    private static LifecyclePlan AsOf(LifecyclePlan plan, ulong nowTicks) =>
        plan.DueTicks <= nowTicks ? plan : plan with { Action = LifecycleAction.None };

    /// <summary>A transition that is due now, else whichever comes first.</summary>
    private static LifecyclePlan Sooner(LifecyclePlan deletion, LifecyclePlan transition)
    {
        if (transition.Action == LifecycleAction.Transition) return transition;
        return (deletion.DueTicks <= transition.DueTicks ? deletion : transition) with { Action = LifecycleAction.None };
    }

    private sealed class CompiledRule(LifecycleRule rule)
    {
        private readonly byte[] _prefix = Encoding.UTF8.GetBytes(rule.Prefix ?? "");

        public LifecycleRule Rule => rule;

        public bool FitsKey(ReadOnlySpan<byte> key) => key.StartsWith(_prefix);

        /// <summary>Delete markers have neither tags nor a size: rules that ask for them do not speak of markers.</summary>
        public bool FitsMarker(ReadOnlySpan<byte> key) =>
            rule is { Tags.Count: 0, SizeGreaterThan: null, SizeLessThan: null } && FitsKey(key);

        public bool Fits(ReadOnlySpan<byte> key, VersionRecord record) =>
            FitsKey(key)
            && (rule.SizeGreaterThan is not { } greater || (long)record.Length > greater)
            && (rule.SizeLessThan is not { } less || (long)record.Length < less)
            && HasTags(record);

        private bool HasTags(VersionRecord record)
        {
            foreach (var (name, value) in rule.Tags)
            {
                if (!Has(record, name, value)) return false;
            }
            return true;
        }

        private static bool Has(VersionRecord record, string name, string value)
        {
            if (record.Headers is null) return false;
            foreach (var tag in record.Headers.Tags)
            {
                if (tag.Name == name && tag.Value == value) return true;
            }
            return false;
        }
    }
}
