using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketInventoryConfiguration, and the same element in answers.</summary>
internal static class InventoryDocument
{
    public const int MaxBodyBytes = 64 * 1024;

    private const string ArnPrefix = "arn:aws:s3:::";

    /// <param name="Format">As the client wrote it: the caller knows which are built.</param>
    internal sealed record Parsed(InventoryRecord Configuration, string Format);

    /// <summary>Null if it is malformed.</summary>
    public static Parsed? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "InventoryConfiguration", xml =>
    {
        var record = new InventoryRecord();
        string? format = null, versions = null, frequency = null;
        bool? enabled = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Id":
                    record.Id = xml.Text().Trim();
                    break;
                case "IsEnabled":
                    enabled = xml.Boolean();
                    break;
                case "IncludedObjectVersions":
                    versions = xml.Text().Trim();
                    break;
                case "Filter":
                    xml.Children(part => record.Prefix = part == "Prefix" ? xml.Text() : throw XmlBody.Malformed());
                    break;
                case "Schedule":
                    xml.Children(part => frequency = part == "Frequency" ? xml.Text().Trim() : throw XmlBody.Malformed());
                    break;
                case "OptionalFields":
                    xml.Children(field => record.Fields.Add(field == "Field" ? xml.Text().Trim() : throw XmlBody.Malformed()));
                    break;
                case "Destination":
                    xml.Children(part => format = part == "S3BucketDestination" ? Destination(xml, record) : throw XmlBody.Malformed());
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        record.Enabled = enabled ?? throw XmlBody.Malformed();
        record.CurrentOnly = versions switch { "All" => false, "Current" => true, _ => throw XmlBody.Malformed() };
        record.Weekly = frequency switch { "Daily" => false, "Weekly" => true, _ => throw XmlBody.Malformed() };
        return record.Id.Length > 0 && format is not null ? new Parsed(record, format) : throw XmlBody.Malformed();
    });

    private static string Destination(XmlBody xml, InventoryRecord record)
    {
        string? format = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "AccountId":
                    record.TargetAccount = xml.Text().Trim();
                    break;
                case "Bucket":
                    var arn = xml.Text().Trim();
                    record.TargetBucket = arn.StartsWith(ArnPrefix, StringComparison.Ordinal) ? arn[ArnPrefix.Length..] : throw XmlBody.Malformed();
                    break;
                case "Format":
                    format = xml.Text().Trim();
                    break;
                case "Prefix":
                    record.TargetPrefix = xml.Text();
                    break;
                case "Encryption":
                    Encryption(xml, record);
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return record.TargetBucket.Length > 0 && format is "CSV" or "ORC" or "Parquet" ? format : throw XmlBody.Malformed();
    }

    private static void Encryption(XmlBody xml, InventoryRecord record) => xml.Children(name =>
    {
        if (record.Encryption != 0) throw XmlBody.Malformed();
        switch (name)
        {
            case "SSE-S3":
                xml.Children(_ => throw XmlBody.Malformed());
                record.Encryption = (uint)Objects.EncryptionMethod.StoreKey;
                break;
            case "SSE-KMS":
                xml.Children(part => record.KeyId = part == "KeyId" ? xml.Text().Trim() : throw XmlBody.Malformed());
                record.Encryption = (uint)Objects.EncryptionMethod.ManagedKey;
                break;
            default:
                throw XmlBody.Malformed();
        }
    });

    /// <summary>What stands inside the InventoryConfiguration element.</summary>
    public static void Write(ref XmlBuilder xml, InventoryRecord record)
    {
        xml.Element("Id"u8, record.Id);
        xml.Element("IsEnabled"u8, record.Enabled);
        xml.Open("Destination"u8);
        xml.Open("S3BucketDestination"u8);
        xml.Optional("AccountId"u8, Objects.ObjectInfos.NullIfEmpty(record.TargetAccount));
        xml.Element("Bucket"u8, ArnPrefix + record.TargetBucket);
        xml.Element("Format"u8, "CSV");
        xml.Optional("Prefix"u8, Objects.ObjectInfos.NullIfEmpty(record.TargetPrefix));
        if (record.Encryption != 0) WriteEncryption(ref xml, record);
        xml.Close("S3BucketDestination"u8);
        xml.Close("Destination"u8);
        if (record.Prefix.Length > 0)
        {
            xml.Open("Filter"u8);
            xml.Element("Prefix"u8, record.Prefix);
            xml.Close("Filter"u8);
        }
        xml.Element("IncludedObjectVersions"u8, record.CurrentOnly ? "Current" : "All");
        if (record.Fields.Count > 0)
        {
            xml.Open("OptionalFields"u8);
            foreach (var field in record.Fields) xml.Element("Field"u8, field);
            xml.Close("OptionalFields"u8);
        }
        xml.Open("Schedule"u8);
        xml.Element("Frequency"u8, record.Weekly ? "Weekly" : "Daily");
        xml.Close("Schedule"u8);
    }

    private static void WriteEncryption(ref XmlBuilder xml, InventoryRecord record)
    {
        xml.Open("Encryption"u8);
        if (record.Encryption == (uint)Objects.EncryptionMethod.StoreKey) xml.Empty("SSE-S3"u8);
        else
        {
            xml.Open("SSE-KMS"u8);
            xml.Element("KeyId"u8, record.KeyId);
            xml.Close("SSE-KMS"u8);
        }
        xml.Close("Encryption"u8);
    }
}
