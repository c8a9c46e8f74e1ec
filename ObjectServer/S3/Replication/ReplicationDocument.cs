using System.Buffers;
using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Replication;

/// <summary>Writes the rules of a bucket as GetBucketReplication has them. Source: S3 API reference.</summary>
internal static class ReplicationDocument
{
    /// <summary>1,000 rules with long prefixes and tags.</summary>
    public const int MaxBodyBytes = 2 * 1024 * 1024;

    public static void Write(IBufferWriter<byte> output, ReplicationConfigRecord config)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("ReplicationConfiguration"u8);
        xml.Element("Role"u8, config.Role);
        foreach (var rule in config.Rules) WriteRule(ref xml, rule);
        xml.Close("ReplicationConfiguration"u8);
        xml.Complete();
    }

    private static void WriteRule(ref XmlBuilder xml, ReplicationRuleRecord rule)
    {
        xml.Open("Rule"u8);
        xml.Element("ID"u8, rule.Id);
        if (rule.HasPriority) xml.Element("Priority"u8, rule.Priority);
        xml.Element("Status"u8, Name(rule.Enabled));
        if (rule.PrefixOutsideFilter) xml.Element("Prefix"u8, rule.Prefix);
        else WriteFilter(ref xml, rule);
        if (rule.HasManagedKeys || rule.HasReplicaModifications)
        {
            xml.Open("SourceSelectionCriteria"u8);
            if (rule.HasManagedKeys) Status(ref xml, "SseKmsEncryptedObjects"u8, rule.ManagedKeys);
            if (rule.HasReplicaModifications) Status(ref xml, "ReplicaModifications"u8, rule.ReplicaModifications);
            xml.Close("SourceSelectionCriteria"u8);
        }
        if (rule.HasExistingObjects) Status(ref xml, "ExistingObjectReplication"u8, rule.ExistingObjects);
        if (rule.HasDeleteMarkers) Status(ref xml, "DeleteMarkerReplication"u8, rule.DeleteMarkers);
        WriteDestination(ref xml, rule);
        xml.Close("Rule"u8);
    }

    private static void WriteFilter(ref XmlBuilder xml, ReplicationRuleRecord rule)
    {
        var predicates = (rule.HasPrefix ? 1 : 0) + rule.Tags.Count;
        xml.Open("Filter"u8);
        if (predicates > 1) xml.Open("And"u8);
        if (rule.HasPrefix) xml.Element("Prefix"u8, rule.Prefix);
        foreach (var tag in rule.Tags)
        {
            xml.Open("Tag"u8);
            xml.Element("Key"u8, tag.Name);
            xml.Element("Value"u8, tag.Value);
            xml.Close("Tag"u8);
        }
        if (predicates > 1) xml.Close("And"u8);
        xml.Close("Filter"u8);
    }

    private static void WriteDestination(ref XmlBuilder xml, ReplicationRuleRecord rule)
    {
        xml.Open("Destination"u8);
        xml.Element("Bucket"u8, rule.DestinationArn);
        if (rule.AccountId.Length > 0) xml.Element("Account"u8, rule.AccountId);
        if (rule.StorageClass.Length > 0) xml.Element("StorageClass"u8, rule.StorageClass);
        if (rule.OwnedByDestination) Nested(ref xml, "AccessControlTranslation"u8, "Owner"u8, "Destination");
        if (rule.ReplicaKeyId.Length > 0) Nested(ref xml, "EncryptionConfiguration"u8, "ReplicaKmsKeyID"u8, rule.ReplicaKeyId);
        if (rule.HasReplicationTime) Timed(ref xml, "ReplicationTime"u8, "Time"u8, rule.ReplicationTime, rule.ReplicationTimeMinutes);
        if (rule.HasMetrics) Timed(ref xml, "Metrics"u8, "EventThreshold"u8, rule.Metrics, rule.MetricsMinutes);
        xml.Close("Destination"u8);
    }

    private static void Timed(ref XmlBuilder xml, ReadOnlySpan<byte> name, ReadOnlySpan<byte> timeName, bool enabled, uint minutes)
    {
        xml.Open(name);
        xml.Element("Status"u8, Name(enabled));
        if (minutes > 0) Nested(ref xml, timeName, "Minutes"u8, minutes.ToString(System.Globalization.CultureInfo.InvariantCulture));
        xml.Close(name);
    }

    private static void Nested(ref XmlBuilder xml, ReadOnlySpan<byte> name, ReadOnlySpan<byte> child, string value)
    {
        xml.Open(name);
        xml.Element(child, value);
        xml.Close(name);
    }

    private static void Status(ref XmlBuilder xml, ReadOnlySpan<byte> name, bool enabled) => Nested(ref xml, name, "Status"u8, Name(enabled));

    private static string Name(bool enabled) => enabled ? "Enabled" : "Disabled";
}
