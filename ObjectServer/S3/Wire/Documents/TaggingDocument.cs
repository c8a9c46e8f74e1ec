namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutObjectTagging and PutBucketTagging, and a form's field of tags. What it holds is judged by <see cref="Wire.Tags"/>.</summary>
internal sealed record TaggingDocument(IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    /// <summary>50 tags of the longest keys and values, indented, every character escaped.</summary>
    public const int MaxBodyBytes = 256 * 1024;

    private const int MaxTags = 1000;

    public static TaggingDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "Tagging", xml =>
    {
        List<KeyValuePair<string, string>>? tags = null;
        xml.Children(name => tags = name == "TagSet" && tags is null ? TagSet(xml) : throw XmlBody.Malformed());
        return tags is null ? throw XmlBody.Malformed() : new TaggingDocument(tags);
    });

    /// <summary>The tags of the element that the reader stands on.</summary>
    public static List<KeyValuePair<string, string>> TagSet(XmlBody xml)
    {
        var tags = new List<KeyValuePair<string, string>>();
        xml.Children(name => tags.Add(name == "Tag" && tags.Count < MaxTags ? Tag(xml) : throw XmlBody.Malformed()));
        return tags;
    }

    /// <summary>The tag of the element that the reader stands on.</summary>
    public static KeyValuePair<string, string> Tag(XmlBody xml)
    {
        string? key = null, value = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Key" when key is null:
                    key = xml.Text();
                    break;
                case "Value" when value is null:
                    value = xml.Text();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return key is null || value is null ? throw XmlBody.Malformed() : new(key, value);
    }
}
