using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Between rules and what is stored of them.</summary>
internal static class LifecycleRecords
{
    public static LifecycleRecord ToRecord(LifecycleConfiguration configuration)
    {
        var record = new LifecycleRecord { TransitionMinimum = (uint)configuration.Minimum };
        foreach (var rule in configuration.Rules) record.Rules.Add(ToRecord(rule));
        return record;
    }

    public static LifecycleConfiguration FromRecord(LifecycleRecord record) =>
        new([.. record.Rules.Select(FromRecord)], (TransitionMinimum)record.TransitionMinimum);

    private static LifecycleRuleRecord ToRecord(LifecycleRule rule)
    {
        var record = new LifecycleRuleRecord
        {
            Id = rule.Id,
            Enabled = rule.IsEnabled,
            PrefixOutsideFilter = rule.PrefixOutsideFilter,
            ExpirationDays = (uint)rule.ExpirationDays,
            NoncurrentDays = (uint)rule.NoncurrentDays,
            NewerNoncurrentVersions = (uint)rule.NewerNoncurrentVersions,
            AbortDays = (uint)rule.AbortDays,
        };
        if (rule.Prefix is not null) record.Prefix = rule.Prefix;
        if (rule.SizeGreaterThan is { } greater) record.SizeGreaterThan = (ulong)greater;
        if (rule.SizeLessThan is { } less) record.SizeLessThan = (ulong)less;
        if (rule.ExpirationDate is { } date) record.ExpirationDateSeconds = date.ToUnixTimeSeconds();
        if (rule.ExpiredObjectDeleteMarker is { } markers) record.ExpiredObjectDeleteMarker = markers;
        foreach (var (name, value) in rule.Tags) record.Tags.Add(new NameValue { Name = name, Value = value });
        record.Transitions.AddRange(rule.Transitions.Select(ToRecord));
        record.NoncurrentTransitions.AddRange(rule.NoncurrentTransitions.Select(ToRecord));
        return record;
    }

    private static LifecycleRule FromRecord(LifecycleRuleRecord record) => new()
    {
        Id = record.Id,
        IsEnabled = record.Enabled,
        PrefixOutsideFilter = record.PrefixOutsideFilter,
        Prefix = record.HasPrefix ? record.Prefix : null,
        Tags = [.. record.Tags.Select(tag => KeyValuePair.Create(tag.Name, tag.Value))],
        SizeGreaterThan = record.HasSizeGreaterThan ? (long)record.SizeGreaterThan : null,
        SizeLessThan = record.HasSizeLessThan ? (long)record.SizeLessThan : null,
        ExpirationDays = (int)record.ExpirationDays,
        ExpirationDate = record.HasExpirationDateSeconds ? DateTimeOffset.FromUnixTimeSeconds(record.ExpirationDateSeconds) : null,
        ExpiredObjectDeleteMarker = record.HasExpiredObjectDeleteMarker ? record.ExpiredObjectDeleteMarker : null,
        NoncurrentDays = (int)record.NoncurrentDays,
        NewerNoncurrentVersions = (int)record.NewerNoncurrentVersions,
        AbortDays = (int)record.AbortDays,
        Transitions = [.. record.Transitions.Select(FromRecord)],
        NoncurrentTransitions = [.. record.NoncurrentTransitions.Select(FromRecord)],
    };

    private static LifecycleTransitionRecord ToRecord(LifecycleTransition transition)
    {
        var record = new LifecycleTransitionRecord { StorageClass = transition.StorageClass, NewerNoncurrentVersions = (uint)transition.NewerNoncurrentVersions };
        if (transition.Days is { } days) record.Days = (uint)days;
        if (transition.Date is { } date) record.DateSeconds = date.ToUnixTimeSeconds();
        return record;
    }

    private static LifecycleTransition FromRecord(LifecycleTransitionRecord record) => new(
        record.StorageClass,
        record.HasDays ? (int)record.Days : null,
        record.HasDateSeconds ? DateTimeOffset.FromUnixTimeSeconds(record.DateSeconds) : null,
        (int)record.NewerNoncurrentVersions);
}
