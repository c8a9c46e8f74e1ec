using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Replication;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Replication;

/// <summary>
/// What S3 refuses of rules that follow the schema, whatever buckets there are. Source: S3 User Guide, "Replication configuration file elements"; S3 API
/// reference, PutBucketReplication.
/// </summary>
internal static class ReplicationChecks
{
    public const int MaxRules = 1000;

    private const int MaxIdLength = 255;
    private const int MaxPrefixBytes = 1024;

    /// <summary>The only threshold that S3 has, for replication time and for metrics.</summary>
    private const uint ThresholdMinutes = 15;

    private const string Guide = "for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.";

    /// <exception cref="S3Exception">InvalidArgument, InvalidRequest or InvalidTag.</exception>
    public static void Check(ReplicationConfigRecord config)
    {
        if (config.Rules.Count > MaxRules) throw Refused($"The number of replication rules must not exceed the allowed limit of {MaxRules} rules.");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in config.Rules)
        {
            if (rule.Id.Length > MaxIdLength) throw Argument("ID length should not exceed allowed limit of 255");
            if (!ids.Add(rule.Id)) throw Argument("Rule ID must be unique. Found same ID for more than one rule");
            if (ReplicaDestination.ParseArn(rule.DestinationArn) is null) throw Argument("Invalid bucket ARN");
            CheckSchema(rule);
            CheckFilter(rule);
            CheckDestination(rule);
        }
        if (config.Rules.Select(static rule => rule.PrefixOutsideFilter).Distinct().Count() > 1)
            throw Refused("Rules with a Prefix and rules with a Filter cannot be mixed.");
        if (config.Rules[0].PrefixOutsideFilter) CheckOldForm(config.Rules);
        else if (config.Rules.Select(static rule => rule.Priority).Distinct().Count() < config.Rules.Count)
            throw Refused("Rule priority must be unique. Found same priority for more than one rule");
    }

    private static void CheckSchema(ReplicationRuleRecord rule)
    {
        if (rule.PrefixOutsideFilter)
        {
            if (rule.HasDeleteMarkers) throw Refused($"DeleteMarkerReplication cannot be used {Guide}");
            if (rule.HasPriority) throw Refused($"Priority cannot be used {Guide}");
            return;
        }
        if (!rule.HasPriority) throw Refused($"Priority must be specified {Guide}");
        if (!rule.HasDeleteMarkers) throw Refused($"DeleteMarkerReplication must be specified {Guide}");
        if (rule.DeleteMarkers && rule.Tags.Count > 0)
            throw Refused("Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.");
    }

    private static void CheckFilter(ReplicationRuleRecord rule)
    {
        if (Encoding.UTF8.GetByteCount(rule.Prefix) > MaxPrefixBytes) throw Refused("The maximum size of a prefix is 1024.");
        if (rule.Tags.Select(static tag => tag.Name).Distinct(StringComparer.Ordinal).Count() < rule.Tags.Count) throw Refused("Duplicate Tag Keys are not allowed.");
        foreach (var tag in rule.Tags)
        {
            if (tag.Name.Length is 0 or > 128) throw new S3Exception(S3ErrorCode.InvalidTag, "The TagKey you have provided is invalid");
            if (tag.Value.Length > 256) throw new S3Exception(S3ErrorCode.InvalidTag, "The TagValue you have provided is invalid");
        }
    }

    private static void CheckDestination(ReplicationRuleRecord rule)
    {
        if (rule.AccountId.Length > 0 && (rule.AccountId.Length != 12 || !rule.AccountId.All(char.IsAsciiDigit))) throw Argument("Invalid account ID");
        if (rule.OwnedByDestination && rule.AccountId.Length == 0) throw Argument("Account must be specified with AccessControlTranslation.");
        if (rule.ManagedKeys && rule.ReplicaKeyId.Length == 0) throw Refused("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.");
        if (!rule.HasManagedKeys && rule.ReplicaKeyId.Length > 0) throw Refused("SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.");
        if (rule.HasReplicationTime && rule.ReplicationTime && rule.ReplicationTimeMinutes != ThresholdMinutes) throw Refused($"The time of ReplicationTime must be {ThresholdMinutes} minutes.");
        if (rule.ReplicationTime && !rule.Metrics) throw Refused("Metrics must be enabled with ReplicationTime.");
        if (rule.MetricsMinutes is not (0 or ThresholdMinutes)) throw Refused($"The EventThreshold of Metrics must be {ThresholdMinutes} minutes.");
    }

    /// <summary>The old form of the document has no priorities: no object fits two rules, and all go to one bucket.</summary>
    private static void CheckOldForm(IReadOnlyList<ReplicationRuleRecord> rules)
    {
        if (rules.Select(static rule => rule.DestinationArn).Distinct(StringComparer.Ordinal).Count() > 1)
            throw Refused($"Number of distinct destination bucket ARNs cannot exceed 1 {Guide}");
        var prefixes = rules.Select(static rule => rule.Prefix).Order(StringComparer.Ordinal).ToArray();
        for (var i = 1; i < prefixes.Length; i++)
        {
            // In this order a prefix stands directly before what begins with it.
            if (prefixes[i].StartsWith(prefixes[i - 1], StringComparison.Ordinal))
                throw Refused($"Found overlapping prefixes '{prefixes[i - 1]}' and '{prefixes[i]}'");
        }
    }

    private static S3Exception Refused(string message) => new(S3ErrorCode.InvalidRequest, message);

    private static S3Exception Argument(string message) => new(S3ErrorCode.InvalidArgument, message);
}
