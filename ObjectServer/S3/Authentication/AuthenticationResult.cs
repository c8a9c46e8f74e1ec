using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>Who makes the request and how its body is signed, or why it is refused.</summary>
internal sealed record AuthenticationResult
{
    /// <summary>Of a request that nobody makes: a browser's preflight.</summary>
    public static readonly AuthenticationResult Anonymous = new();

    public Principal Principal { get; private init; } = Principal.Anonymous;

    /// <summary>Why the request is refused; null when it is authenticated, or anonymous without any sign of a signature.</summary>
    public S3Error? Error { get; private init; }

    /// <summary>How the request was signed, for policies that ask.</summary>
    public SignatureUse Signature { get; private init; } = SignatureUse.Anonymous;

    public PayloadSigning Payload { get; private init; }

    /// <summary>The signed SHA-256 of the body in hex, when <see cref="Payload"/> is <see cref="PayloadSigning.Hash"/>.</summary>
    public string? PayloadHash { get; private init; }

    /// <summary>Continues the signature over the chunks, when they are signed.</summary>
    public ChunkSignatureChain? Chunks { get; private init; }

    /// <summary>What the request was signed with, where its handler needs it; null for the anonymous.</summary>
    public Credential? Credential { get; private init; }

    public static AuthenticationResult Refused(S3Error error) => new() { Error = error };

    public static AuthenticationResult Accepted(
        Principal principal, SignatureUse signature, PayloadSigning payload, string? payloadHash, ChunkSignatureChain? chunks, Credential? credential = null) => new()
    {
        Principal = principal,
        Signature = signature,
        Payload = payload,
        PayloadHash = payload == PayloadSigning.Hash ? payloadHash : null,
        Chunks = chunks,
        Credential = credential,
    };
}
