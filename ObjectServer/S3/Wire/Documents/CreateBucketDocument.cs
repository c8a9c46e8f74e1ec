namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of CreateBucket.</summary>
/// <param name="HasDirectoryOptions">Location or Bucket was given, which only directory buckets have.</param>
internal sealed record CreateBucketDocument(string? LocationConstraint, bool HasDirectoryOptions, IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    public const int MaxBodyBytes = 64 * 1024;

    /// <summary>An empty body asks for nothing.</summary>
    public static CreateBucketDocument? Parse(ReadOnlyMemory<byte> body) => body.IsEmpty ? new CreateBucketDocument(null, false, [])
        : XmlBody.Parse(body, "CreateBucketConfiguration", xml =>
        {
            string? location = null;
            var directory = false;
            IReadOnlyList<KeyValuePair<string, string>> tags = [];
            xml.Children(name =>
            {
                switch (name)
                {
                    case "LocationConstraint":
                        location = xml.Text().Trim();
                        break;
                    case "Location" or "Bucket":
                        directory = true;
                        xml.Skip();
                        break;
                    case "Tags":
                        tags = TaggingDocument.TagSet(xml);
                        break;
                    default:
                        throw XmlBody.Malformed();
                }
            });
            return new CreateBucketDocument(location is "" ? null : location, directory, tags);
        });
}
