namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketVersioning.</summary>
internal sealed record VersioningDocument(bool? Enabled, bool MfaDelete)
{
    public const int MaxBodyBytes = 64 * 1024;

    public static VersioningDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "VersioningConfiguration", xml =>
    {
        bool? enabled = null;
        var mfaDelete = false;
        xml.Children(name =>
        {
            switch (name)
            {
                case "Status":
                    enabled = xml.Text() switch { "Enabled" => true, "Suspended" => false, _ => throw XmlBody.Malformed() };
                    break;
                case "MfaDelete":
                    mfaDelete = xml.Text() switch { "Enabled" => true, "Disabled" => false, _ => throw XmlBody.Malformed() };
                    break;
                default:
                    throw XmlBody.Malformed();
            }
        });
        return new VersioningDocument(enabled, mfaDelete);
    });
}
