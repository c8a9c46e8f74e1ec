namespace ObjectStore.Server.S3.Authentication;

/// <summary>Where a request carries its signature. The names are the values of the condition key s3:authType.</summary>
internal enum SignaturePlace
{
    None,
    Header,
    Query,
    Form,
}

/// <summary>How a request was signed, as far as policies ask for it.</summary>
/// <param name="Algorithm">The value of s3:signatureversion: "AWS4-HMAC-SHA256", or "AWS" for Signature Version 2; empty for anonymous requests.</param>
/// <param name="SignedAt">When the signature was made, by the client's clock.</param>
internal readonly record struct SignatureUse(SignaturePlace Place, string Algorithm, DateTimeOffset SignedAt)
{
    public static readonly SignatureUse Anonymous = new(SignaturePlace.None, "", default);
}
