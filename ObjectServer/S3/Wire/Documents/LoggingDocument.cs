using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketLogging; the last four members are Ceph's.</summary>
internal sealed record LoggingDocument(string TargetBucket, string TargetPrefix)
{
    public const int MaxBodyBytes = 256 * 1024;

    public IReadOnlyList<AclEntry> Grants { get; init; } = [];
    public LogKeyFormat KeyFormat { get; init; }
    public LogType Type { get; init; }
    public long? RollSeconds { get; init; }
    public long RecordsBatchSize { get; init; }
    public IReadOnlyList<(string Name, string Value)> FilterRules { get; init; } = [];

    /// <summary>Null if it is malformed; of a status without LoggingEnabled the document inside is null.</summary>
    public static Parsed? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "BucketLoggingStatus", xml =>
    {
        LoggingDocument? enabled = null;
        xml.Children(name => enabled = name == "LoggingEnabled" && enabled is null ? Enabled(xml) : throw XmlBody.Malformed());
        return new Parsed(enabled);
    });

    internal sealed record Parsed(LoggingDocument? Enabled);

    private static LoggingDocument Enabled(XmlBody xml)
    {
        string? bucket = null, prefix = null;
        var document = new LoggingDocument("", "");
        xml.Children(name =>
        {
            switch (name)
            {
                case "TargetBucket" when bucket is null:
                    bucket = xml.Text();
                    break;
                case "TargetPrefix" when prefix is null:
                    prefix = xml.Text();
                    break;
                case "TargetGrants":
                    document = document with { Grants = GrantsOf(xml) };
                    break;
                case "TargetObjectKeyFormat":
                    document = document with { KeyFormat = Format(xml) };
                    break;
                case "LoggingType":
                    document = document with { Type = xml.Text().Trim() switch { "Standard" => LogType.Standard, "Journal" => LogType.Journal, _ => throw XmlBody.Malformed() } };
                    break;
                case "ObjectRollTime":
                    document = document with { RollSeconds = xml.Number() };
                    break;
                case "RecordsBatchSize":
                    document = document with { RecordsBatchSize = xml.Number() };
                    break;
                case "Filter":
                    document = document with { FilterRules = Filter(xml) };
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return bucket is { Length: > 0 } && prefix is not null ? document with { TargetBucket = bucket, TargetPrefix = prefix } : throw XmlBody.Malformed();
    }

    private static List<AclEntry> GrantsOf(XmlBody xml)
    {
        var grants = new List<AclEntry>();
        xml.Children(name => grants.Add(name == "Grant" ? AclDocument.Grant(xml) : throw XmlBody.Malformed()));
        return grants;
    }

    private static LogKeyFormat Format(XmlBody xml)
    {
        LogKeyFormat? format = null;
        xml.Children(name =>
        {
            if (format is not null) throw XmlBody.Malformed();
            switch (name)
            {
                case "SimplePrefix":
                    xml.Children(_ => throw XmlBody.Malformed());
                    format = LogKeyFormat.Simple;
                    break;
                case "PartitionedPrefix":
                    format = LogKeyFormat.ByEventTime;
                    xml.Children(source => format = source != "PartitionDateSource" ? throw XmlBody.Malformed() : xml.Text().Trim() switch
                    {
                        "EventTime" => LogKeyFormat.ByEventTime,
                        "DeliveryTime" => LogKeyFormat.ByDeliveryTime,
                        _ => throw XmlBody.Malformed(),
                    });
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return format ?? throw XmlBody.Malformed();
    }

    private static List<(string Name, string Value)> Filter(XmlBody xml)
    {
        var rules = new List<(string, string)>();
        xml.Children(part =>
        {
            if (part is not ("S3Key" or "Key")) throw XmlBody.Malformed();
            xml.Children(rule =>
            {
                string? name = null, value = null;
                if (rule != "FilterRule") throw XmlBody.Malformed();
                xml.Children(field =>
                {
                    if (field == "Name") name = xml.Text().Trim();
                    else if (field == "Value") value = xml.Text();
                    else throw XmlBody.Malformed();
                });
                rules.Add(name is not null && value is not null ? (name, value) : throw XmlBody.Malformed());
            });
        });
        return rules;
    }
}
