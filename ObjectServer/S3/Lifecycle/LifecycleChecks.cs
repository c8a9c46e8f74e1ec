using System.Text;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Lifecycle;

/// <summary>What S3 refuses of rules that follow the schema. Source: S3 User Guide, "Lifecycle configuration elements"; texts as S3 answers.</summary>
internal static class LifecycleChecks
{
    private const int MaxIdLength = 255;
    private const int MaxPrefixBytes = 1024;

    /// <exception cref="S3Exception">InvalidArgument or InvalidRequest.</exception>
    public static void Check(IReadOnlyList<LifecycleRule> rules)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in rules)
        {
            if (rule.Id.Length > MaxIdLength) throw new S3Exception(S3ErrorCode.InvalidArgument, "ID length should not exceed allowed limit of 255");
            if (!ids.Add(rule.Id)) throw new S3Exception(S3ErrorCode.InvalidArgument, "Rule ID must be unique. Found same ID for more than one rule");
            CheckFilter(rule);
            CheckActions(rule);
            CheckTransitions(rule);
        }
    }

    private static void CheckFilter(LifecycleRule rule)
    {
        if (Encoding.UTF8.GetByteCount(rule.Prefix ?? "") > MaxPrefixBytes) throw Refused("The maximum size of a prefix is 1024.");
        if (rule.Tags.Select(tag => tag.Key).Distinct(StringComparer.Ordinal).Count() < rule.Tags.Count) throw Refused("Duplicate Tag Keys are not allowed.");
        foreach (var (key, value) in rule.Tags)
        {
            if (key.Length is 0 or > 128) throw new S3Exception(S3ErrorCode.InvalidTag, "The TagKey you have provided is invalid");
            if (value.Length > 256) throw new S3Exception(S3ErrorCode.InvalidTag, "The TagValue you have provided is invalid");
        }
        if (rule.SizeGreaterThan is { } greater && rule.SizeLessThan is { } less && greater >= less)
            throw Refused("ObjectSizeGreaterThan must be less than ObjectSizeLessThan.");
    }

    private static void CheckActions(LifecycleRule rule)
    {
        if (rule is { ExpirationDays: 0, ExpirationDate: null, ExpiredObjectDeleteMarker: null, NoncurrentDays: 0, AbortDays: 0, Transitions.Count: 0, NoncurrentTransitions.Count: 0 })
            throw Refused("At least one action needs to be specified in a rule");
        // Uploads and delete markers have neither.
        var asksForObject = rule.Tags.Count > 0 || rule.SizeGreaterThan is not null || rule.SizeLessThan is not null;
        if (!asksForObject) return;
        var what = rule.Tags.Count > 0 ? "Tags" : "object sizes";
        if (rule.AbortDays > 0) throw Refused($"AbortIncompleteMultipartUpload cannot be specified with {what}.");
        if (rule.ExpiredObjectDeleteMarker == true) throw Refused($"ExpiredObjectDeleteMarker cannot be specified with {what}.");
    }

    private static void CheckTransitions(LifecycleRule rule)
    {
        CheckDistinct(rule.Transitions, "Transition");
        CheckDistinct(rule.NoncurrentTransitions, "NoncurrentVersionTransition");
        var byDate = rule.Transitions.Any(transition => transition.Date is not null);
        var byDays = rule.Transitions.Any(transition => transition.Days is not null);
        if ((byDate && byDays) || (byDate && rule.ExpirationDays > 0) || (byDays && rule.ExpirationDate is not null))
            throw Refused("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule");
        foreach (var transition in rule.Transitions)
        {
            var isLater = (rule.ExpirationDays > 0 && transition.Days >= rule.ExpirationDays) || (rule.ExpirationDate is not null && transition.Date >= rule.ExpirationDate);
            if (!isLater) continue;
            var unit = byDays ? "Days" : "Date";
            throw new S3Exception(S3ErrorCode.InvalidArgument, $"'{unit}' in the Expiration action for filter '(prefix={rule.Prefix})' must be greater than '{unit}' in the Transition action");
        }
        if (rule.NoncurrentDays > 0 && rule.NoncurrentTransitions.Any(transition => transition.Days >= rule.NoncurrentDays))
            throw new S3Exception(S3ErrorCode.InvalidArgument, "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than in the NoncurrentVersionTransition action");
    }

    private static void CheckDistinct(IReadOnlyList<LifecycleTransition> transitions, string action)
    {
        if (transitions.Select(transition => transition.StorageClass).Distinct(StringComparer.Ordinal).Count() < transitions.Count)
            throw Refused($"'StorageClass' must be different for '{action}' actions in same 'Rule'");
    }

    private static S3Exception Refused(string message) => new(S3ErrorCode.InvalidRequest, message);
}
