using System.Buffers;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Lifecycle;

/// <summary>Writes the rules of a bucket as GetBucketLifecycleConfiguration has them. Source: S3 API reference.</summary>
internal static class LifecycleDocument
{
    /// <summary>1,000 rules with long prefixes and tags.</summary>
    public const int MaxBodyBytes = 2 * 1024 * 1024;

    public static void Write(IBufferWriter<byte> output, LifecycleConfiguration configuration)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("LifecycleConfiguration"u8);
        foreach (var rule in configuration.Rules) WriteRule(ref xml, rule);
        xml.Close("LifecycleConfiguration"u8);
        xml.Complete();
    }

    private static void WriteRule(ref XmlBuilder xml, LifecycleRule rule)
    {
        xml.Open("Rule"u8);
        xml.Element("ID"u8, rule.Id);
        if (rule.PrefixOutsideFilter) xml.Element("Prefix"u8, rule.Prefix);
        else WriteFilter(ref xml, rule);
        xml.Element("Status"u8, rule.IsEnabled ? "Enabled" : "Disabled");
        foreach (var transition in rule.Transitions)
        {
            xml.Open("Transition"u8);
            if (transition.Date is { } date) xml.Element("Date"u8, date);
            if (transition.Days is { } days) xml.Element("Days"u8, days);
            xml.Element("StorageClass"u8, transition.StorageClass);
            xml.Close("Transition"u8);
        }
        WriteExpiration(ref xml, rule);
        foreach (var transition in rule.NoncurrentTransitions)
        {
            xml.Open("NoncurrentVersionTransition"u8);
            if (transition.Days is { } days) xml.Element("NoncurrentDays"u8, days);
            if (transition.NewerNoncurrentVersions > 0) xml.Element("NewerNoncurrentVersions"u8, transition.NewerNoncurrentVersions);
            xml.Element("StorageClass"u8, transition.StorageClass);
            xml.Close("NoncurrentVersionTransition"u8);
        }
        if (rule.NoncurrentDays > 0)
        {
            xml.Open("NoncurrentVersionExpiration"u8);
            xml.Element("NoncurrentDays"u8, rule.NoncurrentDays);
            if (rule.NewerNoncurrentVersions > 0) xml.Element("NewerNoncurrentVersions"u8, rule.NewerNoncurrentVersions);
            xml.Close("NoncurrentVersionExpiration"u8);
        }
        if (rule.AbortDays > 0)
        {
            xml.Open("AbortIncompleteMultipartUpload"u8);
            xml.Element("DaysAfterInitiation"u8, rule.AbortDays);
            xml.Close("AbortIncompleteMultipartUpload"u8);
        }
        xml.Close("Rule"u8);
    }

    private static void WriteFilter(ref XmlBuilder xml, LifecycleRule rule)
    {
        var predicates = (rule.Prefix is null ? 0 : 1) + rule.Tags.Count + (rule.SizeGreaterThan is null ? 0 : 1) + (rule.SizeLessThan is null ? 0 : 1);
        xml.Open("Filter"u8);
        if (predicates > 1) xml.Open("And"u8);
        xml.Optional("Prefix"u8, rule.Prefix);
        foreach (var (key, value) in rule.Tags)
        {
            xml.Open("Tag"u8);
            xml.Element("Key"u8, key);
            xml.Element("Value"u8, value);
            xml.Close("Tag"u8);
        }
        if (rule.SizeGreaterThan is { } greater) xml.Element("ObjectSizeGreaterThan"u8, greater);
        if (rule.SizeLessThan is { } less) xml.Element("ObjectSizeLessThan"u8, less);
        if (predicates > 1) xml.Close("And"u8);
        xml.Close("Filter"u8);
    }

    private static void WriteExpiration(ref XmlBuilder xml, LifecycleRule rule)
    {
        if (rule is { ExpirationDays: 0, ExpirationDate: null, ExpiredObjectDeleteMarker: null }) return;
        xml.Open("Expiration"u8);
        if (rule.ExpirationDays > 0) xml.Element("Days"u8, rule.ExpirationDays);
        if (rule.ExpirationDate is { } date) xml.Element("Date"u8, date);
        if (rule.ExpiredObjectDeleteMarker is { } markers) xml.Element("ExpiredObjectDeleteMarker"u8, markers);
        xml.Close("Expiration"u8);
    }
}
