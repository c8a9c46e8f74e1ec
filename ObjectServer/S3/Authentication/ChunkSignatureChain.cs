using System.Security.Cryptography;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// Signatures of an aws-chunked body: each covers the one before it, the first one the request's own. Not thread-safe.
/// Source: "Signature calculations for the Authorization header: transferring a payload in multiple chunks".
/// </summary>
/// <param name="seed">The signature of the request, 32 bytes.</param>
internal sealed class ChunkSignatureChain(byte[] signingKey, string date, string scope, byte[] seed)
{
    private readonly byte[] _previous = [.. seed];

    /// <summary>Verifies a chunk's signature and moves on to the next.</summary>
    public bool VerifyChunk(ReadOnlySpan<byte> chunkHash, ReadOnlySpan<byte> signature) =>
        Verify("AWS4-HMAC-SHA256-PAYLOAD\n"u8, chunkHash, signature, isChunk: true);

    /// <summary>Verifies the signature of the trailers, whose hash is over "name:value\n" of each.</summary>
    public bool VerifyTrailer(ReadOnlySpan<byte> trailerHash, ReadOnlySpan<byte> signature) =>
        Verify("AWS4-HMAC-SHA256-TRAILER\n"u8, trailerHash, signature, isChunk: false);

    private bool Verify(ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature, bool isChunk)
    {
        var text = new CanonicalBuffer(stackalloc byte[512]);
        text.Append(algorithm);
        text.AppendLatin1(date);
        text.Append((byte)'\n');
        text.AppendUtf8(scope);
        text.Append((byte)'\n');
        text.AppendHex(_previous);
        text.Append((byte)'\n');
        if (isChunk)
        {
            // The hash of the empty string stands where the headers of a chunk would.
            text.Append("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"u8);
        }
        text.AppendHex(hash);
        HMACSHA256.HashData(signingKey, text.Written, _previous);
        text.Dispose();

        Span<byte> expected = stackalloc byte[SignatureClaim.SignatureLength];
        Convert.TryToHexStringLower(_previous, expected, out _);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }
}
