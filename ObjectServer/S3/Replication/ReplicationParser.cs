using System.Security.Cryptography;
using System.Xml;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Replication;

/// <summary>
/// Reads the rules that PutBucketReplication sets, as strictly as S3: what does not follow the schema is MalformedXML. <see cref="ReplicationChecks"/>
/// looks at rules as a whole.
/// </summary>
internal static class ReplicationParser
{
    /// <exception cref="S3Exception">MalformedXML, or what <see cref="ReplicationChecks"/> finds.</exception>
    public static ReplicationConfigRecord Parse(ReadOnlyMemory<byte> body)
    {
        var config = XmlBody.Parse(body, "ReplicationConfiguration", static xml =>
        {
            var config = new ReplicationConfigRecord();
            xml.Children(name =>
            {
                if (name == "Role" && config.Role.Length == 0) config.Role = xml.Text().Trim();
                else if (name == "Rule") config.Rules.Add(ParseRule(xml));
                else throw XmlBody.Malformed();
            });
            return config;
        });
        if (config is null || config.Role.Length == 0 || config.Rules.Count == 0) throw new S3Exception(S3ErrorCode.MalformedXML);
        ReplicationChecks.Check(config);
        return config;
    }

    private static ReplicationRuleRecord ParseRule(XmlBody xml)
    {
        var rule = new ReplicationRuleRecord();
        bool? enabled = null;
        var hasFilter = false;
        xml.Children(name =>
        {
            switch (name)
            {
                case "ID" when rule.Id.Length == 0:
                    rule.Id = xml.Text();
                    break;
                case "Priority" when !rule.HasPriority:
                    rule.Priority = xml.Number() is >= 0 and <= int.MaxValue and var priority ? (int)priority : throw XmlBody.Malformed();
                    break;
                case "Status" when enabled is null:
                    enabled = Switch(xml);
                    break;
                case "Prefix" when !rule.PrefixOutsideFilter && !hasFilter:
                    (rule.PrefixOutsideFilter, rule.Prefix) = (true, xml.Text());
                    break;
                case "Filter" when !hasFilter && !rule.PrefixOutsideFilter:
                    hasFilter = true;
                    ParseFilter(xml, rule);
                    break;
                case "DeleteMarkerReplication" when !rule.HasDeleteMarkers:
                    rule.DeleteMarkers = Status(xml);
                    break;
                case "ExistingObjectReplication" when !rule.HasExistingObjects:
                    rule.ExistingObjects = Status(xml);
                    break;
                case "SourceSelectionCriteria":
                    ParseCriteria(xml, rule);
                    break;
                case "Destination" when rule.DestinationArn.Length == 0:
                    ParseDestination(xml, rule);
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        // One of the two says which objects are meant; a filter may be empty.
        if (enabled is null || rule.DestinationArn.Length == 0 || !(hasFilter || rule.PrefixOutsideFilter)) throw XmlBody.Malformed();
        rule.Enabled = enabled.Value;
        if (rule.Id.Length == 0) rule.Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return rule;
    }

    private static void ParseFilter(XmlBody xml, ReplicationRuleRecord rule)
    {
        var count = 0;
        xml.Children(name =>
        {
            if (++count > 1) throw XmlBody.Malformed();
            if (name != "And")
            {
                ParsePredicate(xml, name, rule);
                return;
            }
            var inside = 0;
            xml.Children(child =>
            {
                inside++;
                ParsePredicate(xml, child, rule);
            });
            if (inside < 2) throw XmlBody.Malformed();
        });
    }

    private static void ParsePredicate(XmlBody xml, string name, ReplicationRuleRecord rule)
    {
        if (name == "Prefix" && !rule.HasPrefix) rule.Prefix = xml.Text();
        else if (name == "Tag") rule.Tags.Add(ParseTag(xml));
        else throw XmlBody.Malformed();
    }

    private static NameValue ParseTag(XmlBody xml)
    {
        string? key = null, value = null;
        xml.Children(name =>
        {
            if (name == "Key" && key is null) key = xml.Text();
            else if (name == "Value" && value is null) value = xml.Text();
            else throw XmlBody.Malformed();
        });
        return key is null || value is null ? throw XmlBody.Malformed() : new NameValue { Name = key, Value = value };
    }

    private static void ParseCriteria(XmlBody xml, ReplicationRuleRecord rule) => xml.Children(name =>
    {
        if (name == "SseKmsEncryptedObjects" && !rule.HasManagedKeys) rule.ManagedKeys = Status(xml);
        else if (name == "ReplicaModifications" && !rule.HasReplicaModifications) rule.ReplicaModifications = Status(xml);
        else throw XmlBody.Malformed();
    });

    private static void ParseDestination(XmlBody xml, ReplicationRuleRecord rule)
    {
        xml.Children(name =>
        {
            switch (name)
            {
                case "Bucket" when rule.DestinationArn.Length == 0:
                    rule.DestinationArn = xml.Text().Trim();
                    break;
                case "Account" when rule.AccountId.Length == 0:
                    rule.AccountId = xml.Text().Trim();
                    break;
                case "StorageClass" when rule.StorageClass.Length == 0:
                    rule.StorageClass = xml.Text().Trim();
                    break;
                case "EncryptionConfiguration" when rule.ReplicaKeyId.Length == 0:
                    rule.ReplicaKeyId = Only(xml, "ReplicaKmsKeyID");
                    break;
                case "AccessControlTranslation" when !rule.OwnedByDestination:
                    rule.OwnedByDestination = Only(xml, "Owner") == "Destination" ? true : throw XmlBody.Malformed();
                    break;
                case "ReplicationTime" when !rule.HasReplicationTime:
                    (rule.ReplicationTime, rule.ReplicationTimeMinutes) = Timed(xml, "Time");
                    break;
                case "Metrics" when !rule.HasMetrics:
                    (rule.Metrics, rule.MetricsMinutes) = Timed(xml, "EventThreshold");
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        if (rule.DestinationArn.Length == 0) throw XmlBody.Malformed();
    }

    private static (bool Enabled, uint Minutes) Timed(XmlBody xml, string timeName)
    {
        bool? enabled = null;
        uint? minutes = null;
        xml.Children(name =>
        {
            if (name == "Status" && enabled is null) enabled = Switch(xml);
            else if (name == timeName && minutes is null) minutes = uint.TryParse(Only(xml, "Minutes"), out var value) ? value : throw XmlBody.Malformed();
            else throw XmlBody.Malformed();
        });
        return (enabled ?? throw XmlBody.Malformed(), minutes ?? 0);
    }

    private static string Only(XmlBody xml, string childName)
    {
        string? value = null;
        xml.Children(name => value = name == childName && value is null ? xml.Text().Trim() : throw XmlBody.Malformed());
        return string.IsNullOrEmpty(value) ? throw XmlBody.Malformed() : value;
    }

    private static bool Status(XmlBody xml)
    {
        bool? enabled = null;
        xml.Children(name => enabled = name == "Status" && enabled is null ? Switch(xml) : throw XmlBody.Malformed());
        return enabled ?? throw XmlBody.Malformed();
    }

    private static bool Switch(XmlBody xml) => xml.Text() switch { "Enabled" => true, "Disabled" => false, _ => throw XmlBody.Malformed() };
}
