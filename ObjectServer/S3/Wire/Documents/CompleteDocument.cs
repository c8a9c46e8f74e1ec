namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>One part of CompleteMultipartUpload. Checksums are named as in XML (<c>ChecksumCRC32</c>) with base64 values.</summary>
internal sealed record CompleteEntry(int PartNumber, string ETag, IReadOnlyList<KeyValuePair<string, string>> Checksums);

/// <summary>The body of CompleteMultipartUpload.</summary>
internal sealed record CompleteDocument(IReadOnlyList<CompleteEntry> Parts)
{
    public const int MaxParts = 10_000;

    /// <summary>10,000 parts with an ETag and the longest checksum each, indented.</summary>
    public const int MaxBodyBytes = 4 * 1024 * 1024;

    private static readonly KeyValuePair<string, string>[] None = [];

    /// <summary>Null when malformed: also without parts or with more than 10,000.</summary>
    public static CompleteDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "CompleteMultipartUpload", xml =>
    {
        var parts = new List<CompleteEntry>();
        xml.Children(name => parts.Add(name == "Part" && parts.Count < MaxParts ? ParsePart(xml) : throw XmlBody.Malformed()));
        return parts.Count > 0 ? new CompleteDocument(parts) : throw XmlBody.Malformed();
    });

    private static CompleteEntry ParsePart(XmlBody xml)
    {
        int? number = null;
        string? eTag = null;
        List<KeyValuePair<string, string>>? checksums = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "PartNumber":
                    number = (int)Math.Clamp(xml.Number(), int.MinValue, int.MaxValue);
                    break;
                case "ETag":
                    eTag = ETags.Bare(xml.Text()).ToString();
                    break;
                case not null when name.StartsWith("Checksum", StringComparison.Ordinal):
                    (checksums ??= []).Add(new(name, xml.Text().Trim()));
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return number is null || eTag is null ? throw XmlBody.Malformed() : new CompleteEntry(number.Value, eTag, checksums ?? (IReadOnlyList<KeyValuePair<string, string>>)None);
    }
}
