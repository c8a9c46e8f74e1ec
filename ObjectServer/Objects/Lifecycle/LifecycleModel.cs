namespace ObjectStore.Server.Objects;

/// <summary>Which objects are too small for a transition. Values are stored.</summary>
internal enum TransitionMinimum : byte
{
    /// <summary>As each storage class has it.</summary>
    OfClass = 0,

    /// <summary>None below 128 KiB, whatever the class.</summary>
    AllClasses128K = 1,
}

/// <summary>The rules of a bucket. Source: S3 API reference, PutBucketLifecycleConfiguration.</summary>
internal sealed record LifecycleConfiguration(IReadOnlyList<LifecycleRule> Rules, TransitionMinimum Minimum = TransitionMinimum.OfClass);

/// <summary>One rule: which objects, and what becomes of them when. Days of 0 are none, where it is not said otherwise.</summary>
internal sealed record LifecycleRule
{
    public required string Id { get; init; }
    public bool IsEnabled { get; init; } = true;

    /// <summary>The prefix was given in the old form, beside the filter's place.</summary>
    public bool PrefixOutsideFilter { get; init; }

    /// <summary>Null: none was given, which fits all keys.</summary>
    public string? Prefix { get; init; }

    /// <summary>All of them must be on the object.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Exclusive, like the next.</summary>
    public long? SizeGreaterThan { get; init; }
    public long? SizeLessThan { get; init; }

    public int ExpirationDays { get; init; }

    /// <summary>A midnight in UTC.</summary>
    public DateTimeOffset? ExpirationDate { get; init; }
    public bool? ExpiredObjectDeleteMarker { get; init; }

    public int NoncurrentDays { get; init; }

    /// <summary>Noncurrent versions that are kept whatever their age; only with <see cref="NoncurrentDays"/>.</summary>
    public int NewerNoncurrentVersions { get; init; }

    public int AbortDays { get; init; }

    public IReadOnlyList<LifecycleTransition> Transitions { get; init; } = [];
    public IReadOnlyList<LifecycleTransition> NoncurrentTransitions { get; init; } = [];
}

/// <param name="Days">0 is the next midnight; null with a date.</param>
/// <param name="NewerNoncurrentVersions">Noncurrent versions that stay where they are; 0 for none.</param>
internal sealed record LifecycleTransition(string StorageClass, int? Days, DateTimeOffset? Date = null, int NewerNoncurrentVersions = 0);

/// <summary>When the current version will expire, and by which rule; told as x-amz-expiration.</summary>
internal sealed record ObjectExpiration(DateTimeOffset At, string RuleId);
