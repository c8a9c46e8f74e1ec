namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketOwnershipControls: exactly one rule.</summary>
internal sealed record OwnershipDocument(string ObjectOwnership)
{
    public const int MaxBodyBytes = 16 * 1024;

    public static OwnershipDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "OwnershipControls", xml =>
    {
        string? ownership = null;
        xml.Children(rule =>
        {
            if (rule != "Rule" || ownership is not null) throw XmlBody.Malformed();
            xml.Children(name => ownership = name == "ObjectOwnership" && ownership is null ? xml.Text().Trim() : throw XmlBody.Malformed());
        });
        return ownership is null ? throw XmlBody.Malformed() : new OwnershipDocument(ownership);
    });
}
