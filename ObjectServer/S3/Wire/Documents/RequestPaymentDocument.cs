namespace ObjectStore.Server.S3.Wire.Documents;

/// <summary>The body of PutBucketRequestPayment.</summary>
internal sealed record RequestPaymentDocument(bool RequesterPays)
{
    public const int MaxBodyBytes = 16 * 1024;

    public static RequestPaymentDocument? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "RequestPaymentConfiguration", xml =>
    {
        bool? requester = null;
        xml.Children(name => requester = name == "Payer" && requester is null
            ? xml.Text().Trim() switch { "Requester" => true, "BucketOwner" => false, _ => throw XmlBody.Malformed() }
            : throw XmlBody.Malformed());
        return requester is { } pays ? new RequestPaymentDocument(pays) : throw XmlBody.Malformed();
    });
}
