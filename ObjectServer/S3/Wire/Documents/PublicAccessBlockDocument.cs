namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutPublicAccessBlock, of a bucket or an account. What it does not name is off.</summary>
internal sealed record PublicAccessBlockDocument(bool BlockPublicAcls, bool IgnorePublicAcls, bool BlockPublicPolicy, bool RestrictPublicBuckets)
{
    public const int MaxBodyBytes = 16 * 1024;

    public static PublicAccessBlockDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "PublicAccessBlockConfiguration", xml =>
    {
        var document = new PublicAccessBlockDocument(false, false, false, false);
        xml.Children(name => document = name switch
        {
            nameof(BlockPublicAcls) => document with { BlockPublicAcls = xml.Boolean() },
            nameof(IgnorePublicAcls) => document with { IgnorePublicAcls = xml.Boolean() },
            nameof(BlockPublicPolicy) => document with { BlockPublicPolicy = xml.Boolean() },
            nameof(RestrictPublicBuckets) => document with { RestrictPublicBuckets = xml.Boolean() },
            _ => throw XmlBody.Malformed(),
        });
        return document;
    });
}
