namespace ObjectStore.Server.S3.Authentication;

/// <summary>What a request says about its signature, from the Authorization header or from the query; nothing of it is verified yet.</summary>
internal readonly record struct SignatureClaim(
    CredentialScope Credential,
    ReadOnlyMemory<char> SignedHeaders,
    ReadOnlyMemory<char> Signature,
    bool IsPresigned)
{
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Hexadecimal digits of a signature.</summary>
    public const int SignatureLength = 64;

    /// <summary>Most headers that a request may sign; it has no more (Kestrel's limit on headers).</summary>
    public const int MaxSignedHeaders = 128;

    /// <summary>Reads "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=..."; commas with or without blanks, any order.</summary>
    /// <param name="problem">What is wrong, to be told to the client behind "The authorization header is malformed; ".</param>
    public static bool TryParseHeader(string header, out SignatureClaim claim, out string? problem)
    {
        claim = default;
        ReadOnlyMemory<char> credential = default, signedHeaders = default, signature = default;
        var rest = header.AsMemory(Algorithm.Length).Trim();
        while (!rest.IsEmpty)
        {
            var comma = rest.Span.IndexOf(',');
            var item = (comma < 0 ? rest : rest[..comma]).Trim();
            rest = comma < 0 ? default : rest[(comma + 1)..];
            var equals = item.Span.IndexOf('=');
            if (equals < 0) continue;
            switch (item.Span[..equals])
            {
                case "Credential":
                    credential = item[(equals + 1)..];
                    break;
                case "SignedHeaders":
                    signedHeaders = item[(equals + 1)..];
                    break;
                case "Signature":
                    signature = item[(equals + 1)..];
                    break;
            }
        }

        problem = credential.IsEmpty ? "missing Credential."
            : signedHeaders.IsEmpty ? "missing SignedHeaders."
            : signature.IsEmpty ? "missing Signature."
            : null;
        if (problem is not null) return false;
        if (!CredentialScope.TryParse(credential, out var scope, out problem)) return false;
        claim = new SignatureClaim(scope, signedHeaders, signature, IsPresigned: false);
        return true;
    }
}
