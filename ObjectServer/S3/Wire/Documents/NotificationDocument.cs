using System.Buffers;
using System.Text;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>
/// The XML of a bucket's rules of notification, of the new form and of the old one, which differ in what may be repeated.
/// Source: S3 API Reference, PutBucketNotificationConfiguration.
/// </summary>
internal static class NotificationDocument
{
    public const int MaxBodyBytes = 256 * 1024;
    public const int MaxRules = 100;
    public const int MaxIdLength = 255;
    public const int MaxFilterBytes = 1024;

    public const uint Topic = 1;
    public const uint Queue = 2;

    /// <summary>The rules, in order, each with an id; not judged by <see cref="Check"/> yet.</summary>
    /// <param name="newId">For rules without one.</param>
    /// <exception cref="S3Exception">MalformedXML, or NotImplemented for what this store has no occasion for.</exception>
    public static NotificationRecord Parse(ReadOnlyMemory<byte> body, Func<string> newId)
    {
        var unbuilt = default(string);
        var record = XmlBody.Parse(body, "NotificationConfiguration", xml =>
        {
            var rules = new NotificationRecord();
            xml.Children(name =>
            {
                switch (name)
                {
                    case "TopicConfiguration":
                        Add(rules, Rule(xml, Topic, "Topic", ref unbuilt));
                        break;
                    case "QueueConfiguration":
                        Add(rules, Rule(xml, Queue, "Queue", ref unbuilt));
                        break;
                    case "CloudFunctionConfiguration" or "LambdaFunctionConfiguration":
                        unbuilt ??= "There are no functions that could be called.";
                        xml.Skip();
                        break;
                    case "EventBridgeConfiguration":
                        unbuilt ??= "There is no EventBridge.";
                        xml.Skip();
                        break;
                    default:
                        throw XmlBody.Malformed();
                }
            });
            return rules;
        });
        if (record is null) throw new S3Exception(S3ErrorCode.MalformedXML);
        if (unbuilt is not null) throw new S3Exception(S3ErrorCode.NotImplemented, unbuilt);
        foreach (var rule in record.Rules)
        {
            if (rule.Id.Length == 0) rule.Id = newId();
        }
        return record;
    }

    /// <summary>The first thing that S3 would refuse; null if nothing.</summary>
    public static S3Error? Check(NotificationRecord record)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var rule in record.Rules)
        {
            if (rule.Id.Length > MaxIdLength) return Refused("Id", rule.Id, $"The Id of a configuration may have at most {MaxIdLength} characters.");
            if (!ids.Add(rule.Id)) return Refused("Id", rule.Id, "Same ID used for multiple configurations. IDs must be unique");
            if (CheckArn(rule) is { } bad) return bad;
            foreach (var type in rule.Events)
            {
                if (NotificationEvents.KindsOf(type) != 0) continue;
                return NotificationEvents.IsUnbuilt(type)
                    ? new S3Error(S3ErrorCode.NotImplemented, $"This store has no occasion for {type}.")
                    : Refused("Event", type, "The event is not supported for notifications");
            }
            if (Encoding.UTF8.GetByteCount(rule.Prefix) > MaxFilterBytes || Encoding.UTF8.GetByteCount(rule.Suffix) > MaxFilterBytes)
                return Refused("FilterRule.Value", null, $"Size of filter rule value cannot exceed {MaxFilterBytes} bytes in UTF-8 representation");
        }
        return CheckOverlaps(record);
    }

    public static void Write(IBufferWriter<byte> output, NotificationRecord record)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("NotificationConfiguration"u8);
        foreach (var rule in record.Rules)
        {
            var element = rule.TargetKind == Topic ? "TopicConfiguration"u8 : "QueueConfiguration"u8;
            xml.Open(element);
            xml.Element("Id"u8, rule.Id);
            xml.Element(rule.TargetKind == Topic ? "Topic"u8 : "Queue"u8, rule.TargetArn);
            foreach (var type in rule.Events) xml.Element("Event"u8, type);
            WriteFilter(ref xml, rule);
            xml.Close(element);
        }
        xml.Close("NotificationConfiguration"u8);
        xml.Complete();
    }

    private static void WriteFilter(ref XmlBuilder xml, NotificationRuleRecord rule)
    {
        if (!rule.HasPrefix && !rule.HasSuffix) return;
        xml.Open("Filter"u8);
        xml.Open("S3Key"u8);
        if (rule.HasPrefix) WriteFilterRule(ref xml, "Prefix", rule.Prefix);
        if (rule.HasSuffix) WriteFilterRule(ref xml, "Suffix", rule.Suffix);
        xml.Close("S3Key"u8);
        xml.Close("Filter"u8);
    }

    private static void WriteFilterRule(ref XmlBuilder xml, string name, string value)
    {
        xml.Open("FilterRule"u8);
        xml.Element("Name"u8, name);
        xml.Element("Value"u8, value);
        xml.Close("FilterRule"u8);
    }

    private static void Add(NotificationRecord rules, NotificationRuleRecord rule)
    {
        if (rules.Rules.Count >= MaxRules) throw XmlBody.Malformed();
        rules.Rules.Add(rule);
    }

    private static NotificationRuleRecord Rule(XmlBody xml, uint kind, string targetElement, ref string? unbuilt)
    {
        var rule = new NotificationRuleRecord { TargetKind = kind };
        var unknown = default(string);
        xml.Children(name =>
        {
            if (name == targetElement && rule.TargetArn.Length == 0) rule.TargetArn = xml.Text().Trim();
            else if (name == "Id" && rule.Id.Length == 0) rule.Id = xml.Text();
            else if (name == "Event" && rule.Events.Count < MaxRules) AddEvent(rule, xml.Text().Trim());
            else if (name == "Filter" && !rule.HasPrefix && !rule.HasSuffix) Filter(xml, rule, ref unknown);
            else throw XmlBody.Malformed();
        });
        if (rule.TargetArn.Length == 0 || rule.Events.Count == 0) throw XmlBody.Malformed();
        unbuilt ??= unknown;
        return rule;
    }

    private static void AddEvent(NotificationRuleRecord rule, string type)
    {
        if (!rule.Events.Contains(type)) rule.Events.Add(type);
    }

    private static void Filter(XmlBody xml, NotificationRuleRecord rule, ref string? unbuilt)
    {
        var unknown = default(string);
        xml.Children(name =>
        {
            switch (name)
            {
                case "S3Key":
                    xml.Children(child => FilterRule(xml, rule, child));
                    break;
                case "S3Metadata" or "S3Tags":
                    unknown ??= $"Filters by {name} are not implemented.";
                    xml.Skip();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        unbuilt ??= unknown;
    }

    private static void FilterRule(XmlBody xml, NotificationRuleRecord rule, string element)
    {
        if (element != "FilterRule") throw XmlBody.Malformed();
        string? name = null, value = null;
        xml.Children(child =>
        {
            if (child == "Name" && name is null) name = xml.Text();
            else if (child == "Value" && value is null) value = xml.Text();
            else throw XmlBody.Malformed();
        });
        if (value is null) throw XmlBody.Malformed();
        if (string.Equals(name, "prefix", StringComparison.OrdinalIgnoreCase) && !rule.HasPrefix) rule.Prefix = value;
        else if (string.Equals(name, "suffix", StringComparison.OrdinalIgnoreCase) && !rule.HasSuffix) rule.Suffix = value;
        else throw new S3Exception(Refused("FilterRule.Name", name, "filter rule name must be either prefix or suffix, each at most once"));
    }

    private static S3Error? CheckArn(NotificationRuleRecord rule)
    {
        var service = rule.TargetKind == Topic ? "sns" : "sqs";
        var parts = rule.TargetArn.Split(':');
        var isArn = parts.Length == 6 && rule.TargetArn.Length <= 512 && parts[0] == "arn" && parts[2] == service && parts[5].Length > 0;
        return isArn ? null : Refused(rule.TargetKind == Topic ? "Topic" : "Queue", rule.TargetArn, "The ARN is not well formed");
    }

    /// <summary>No change may fit two rules: it would not be clear who is told.</summary>
    private static S3Error? CheckOverlaps(NotificationRecord record)
    {
        for (var i = 0; i < record.Rules.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (one, other) = (record.Rules[i], record.Rules[j]);
                if ((NotificationEvents.KindsOf(one.Events) & NotificationEvents.KindsOf(other.Events)) == 0) continue;
                if (!OneBegins(one.Prefix, other.Prefix) || !OneEnds(one.Suffix, other.Suffix)) continue;
                var isFiltered = one.Prefix.Length + one.Suffix.Length + other.Prefix.Length + other.Suffix.Length > 0;
                return new S3Error(S3ErrorCode.InvalidArgument, isFiltered
                    ? "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type."
                    : "Configurations overlap. Configurations on the same bucket cannot share a common event type.");
            }
        }
        return null;
    }

    private static bool OneBegins(string one, string other) => one.StartsWith(other, StringComparison.Ordinal) || other.StartsWith(one, StringComparison.Ordinal);

    private static bool OneEnds(string one, string other) => one.EndsWith(other, StringComparison.Ordinal) || other.EndsWith(one, StringComparison.Ordinal);

    private static S3Error Refused(string name, string? value, string message) => new(S3ErrorCode.InvalidArgument, message, ("ArgumentName", name), ("ArgumentValue", value));
}
