namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>One object of DeleteObjects; the last three are conditions.</summary>
internal sealed record DeleteEntry(string Key, string? VersionId, string? ETag, string? LastModifiedTime, long? SizeBytes);

/// <summary>The body of DeleteObjects.</summary>
internal sealed record DeleteDocument(bool Quiet, IReadOnlyList<DeleteEntry> Objects)
{
    public const int MaxObjects = 1000;

    /// <summary>Null when malformed: also when empty or above 1,000 objects, as S3 has it.</summary>
    public static DeleteDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "Delete", xml =>
    {
        var quiet = false;
        var objects = new List<DeleteEntry>();
        xml.Children(name =>
        {
            switch (name)
            {
                case "Quiet":
                    quiet = xml.Boolean();
                    break;
                case "Object" when objects.Count < MaxObjects:
                    objects.Add(ParseEntry(xml));
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return objects.Count > 0 ? new DeleteDocument(quiet, objects) : throw XmlBody.Malformed();
    });

    private static DeleteEntry ParseEntry(XmlBody xml)
    {
        string? key = null, version = null, eTag = null, modified = null;
        long? size = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Key":
                    key = xml.Text();
                    break;
                case "VersionId":
                    version = xml.Text();
                    break;
                case "ETag":
                    eTag = xml.Text();
                    break;
                case "LastModifiedTime":
                    modified = xml.Text();
                    break;
                case "Size":
                    size = xml.Number();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return string.IsNullOrEmpty(key) ? throw XmlBody.Malformed() : new DeleteEntry(key, version is "" ? null : version, eTag, modified, size);
    }
}
