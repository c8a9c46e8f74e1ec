namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of UpdateObjectEncryption, not yet judged. Source: S3 API Reference, UpdateObjectEncryption.</summary>
internal sealed record ObjectEncryptionDocument(bool IsKms, string? KeyArn, string? BucketKeyEnabled)
{
    public const int MaxBodyBytes = 64 * 1024;

    public static ObjectEncryptionDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "ObjectEncryption", xml =>
    {
        var wanted = default(ObjectEncryptionDocument);
        xml.Children(name =>
        {
            // One of several methods, of which only this one can be asked for.
            if (wanted is not null) throw XmlBody.Malformed();
            wanted = name == "SSE-KMS" ? ParseKms(xml) : ParseOther(xml);
        });
        return wanted ?? new ObjectEncryptionDocument(IsKms: false, null, null);
    });

    private static ObjectEncryptionDocument ParseKms(XmlBody xml)
    {
        string? keyArn = null, bucketKey = null;
        xml.Children(name =>
        {
            switch (name)
            {
                case "KMSKeyArn" when keyArn is null:
                    keyArn = xml.Text();
                    break;
                case "BucketKeyEnabled" when bucketKey is null:
                    bucketKey = xml.Text();
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return new ObjectEncryptionDocument(IsKms: true, keyArn, bucketKey);
    }

    private static ObjectEncryptionDocument ParseOther(XmlBody xml)
    {
        xml.Children(_ => xml.Text());
        return new ObjectEncryptionDocument(IsKms: false, null, null);
    }
}
