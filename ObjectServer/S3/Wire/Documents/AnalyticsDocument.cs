using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketAnalyticsConfiguration, and the same element in answers.</summary>
internal static class AnalyticsDocument
{
    public const int MaxBodyBytes = 64 * 1024;

    private const string ArnPrefix = "arn:aws:s3:::";

    /// <param name="HasExport">Without one nobody would see the analysis.</param>
    internal sealed record Parsed(AnalyticsRecord Configuration, bool HasExport);

    /// <summary>Null if it is malformed.</summary>
    public static Parsed? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "AnalyticsConfiguration", xml =>
    {
        var record = new AnalyticsRecord();
        bool? hasExport = null;
        var hasFilter = false;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Id" when record.Id.Length == 0:
                    record.Id = xml.Text().Trim();
                    break;
                case "Filter" when !hasFilter:
                    hasFilter = true;
                    Filter(xml, record);
                    break;
                case "StorageClassAnalysis" when hasExport is null:
                    hasExport = false;
                    xml.Children(part =>
                    {
                        if (part != "DataExport" || hasExport is true) throw XmlBody.Malformed();
                        hasExport = true;
                        Export(xml, record);
                    });
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return record.Id.Length > 0 && hasExport is { } exports ? new Parsed(record, exports) : throw XmlBody.Malformed();
    });

    // "A filter must have exactly one prefix, one tag, or one conjunction."
    private static void Filter(XmlBody xml, AnalyticsRecord record)
    {
        var parts = 0;
        xml.Children(part =>
        {
            if (++parts > 1) throw XmlBody.Malformed();
            if (part == "And")
            {
                record.Conjunction = true;
                xml.Children(inner => Predicate(xml, record, inner));
                if (record.Tags.Count + (record.HasPrefix ? 1 : 0) < 2) throw XmlBody.Malformed();
            }
            else
            {
                Predicate(xml, record, part);
            }
        });
        if (parts == 0) throw XmlBody.Malformed();
        Tags.Check([.. record.Tags.Select(tag => KeyValuePair.Create(tag.Name, tag.Value))], Tags.MaxOfObject);
    }

    private static void Predicate(XmlBody xml, AnalyticsRecord record, string name)
    {
        if (name == "Prefix" && !record.HasPrefix)
        {
            record.Prefix = xml.Text();
        }
        else if (name == "Tag")
        {
            var (key, value) = TaggingDocument.Tag(xml);
            record.Tags.Add(new NameValue { Name = key, Value = value });
        }
        else
        {
            throw XmlBody.Malformed();
        }
    }

    private static void Export(XmlBody xml, AnalyticsRecord record)
    {
        string? version = null, format = null;
        xml.Children(name =>
        {
            if (name == "OutputSchemaVersion") version = xml.Text().Trim();
            else if (name == "Destination") xml.Children(part => format = part == "S3BucketDestination" ? Destination(xml, record) : throw XmlBody.Malformed());
            else throw XmlBody.Malformed();
        });
        if (version != "V_1" || format != "CSV") throw XmlBody.Malformed();
    }

    private static string? Destination(XmlBody xml, AnalyticsRecord record)
    {
        string? format = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Format":
                    format = xml.Text().Trim();
                    break;
                case "BucketAccountId":
                    record.TargetAccount = xml.Text().Trim();
                    break;
                case "Bucket":
                    var arn = xml.Text().Trim();
                    record.TargetBucket = arn.StartsWith(ArnPrefix, StringComparison.Ordinal) ? arn[ArnPrefix.Length..] : throw XmlBody.Malformed();
                    break;
                case "Prefix":
                    record.TargetPrefix = xml.Text();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return record.TargetBucket.Length > 0 ? format : throw XmlBody.Malformed();
    }

    /// <summary>What stands inside the AnalyticsConfiguration element.</summary>
    public static void Write(ref XmlBuilder xml, AnalyticsRecord record)
    {
        xml.Element("Id"u8, record.Id);
        if (record.HasPrefix || record.Tags.Count > 0) WriteFilter(ref xml, record);
        xml.Open("StorageClassAnalysis"u8);
        xml.Open("DataExport"u8);
        xml.Element("OutputSchemaVersion"u8, "V_1");
        xml.Open("Destination"u8);
        xml.Open("S3BucketDestination"u8);
        xml.Element("Format"u8, "CSV");
        xml.Optional("BucketAccountId"u8, Objects.ObjectInfos.NullIfEmpty(record.TargetAccount));
        xml.Element("Bucket"u8, ArnPrefix + record.TargetBucket);
        if (record.HasTargetPrefix) xml.Element("Prefix"u8, record.TargetPrefix);
        xml.Close("S3BucketDestination"u8);
        xml.Close("Destination"u8);
        xml.Close("DataExport"u8);
        xml.Close("StorageClassAnalysis"u8);
    }

    private static void WriteFilter(ref XmlBuilder xml, AnalyticsRecord record)
    {
        xml.Open("Filter"u8);
        if (record.Conjunction) xml.Open("And"u8);
        if (record.HasPrefix) xml.Element("Prefix"u8, record.Prefix);
        foreach (var tag in record.Tags)
        {
            xml.Open("Tag"u8);
            xml.Element("Key"u8, tag.Name);
            xml.Element("Value"u8, tag.Value);
            xml.Close("Tag"u8);
        }
        if (record.Conjunction) xml.Close("And"u8);
        xml.Close("Filter"u8);
    }
}
