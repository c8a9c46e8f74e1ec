namespace ObjectStore.Server.S3.Authentication;

/// <summary>How the body is covered by the signature: what x-amz-content-sha256 says.</summary>
internal enum PayloadSigning
{
    /// <summary>UNSIGNED-PAYLOAD.</summary>
    Unsigned,

    /// <summary>The SHA-256 of the body, which is verified before anything is committed.</summary>
    Hash,

    /// <summary>aws-chunked, each chunk signed.</summary>
    Chunks,

    /// <summary>aws-chunked, each chunk and the trailers signed.</summary>
    ChunksAndTrailer,

    /// <summary>aws-chunked without signatures, and trailers.</summary>
    UnsignedTrailer,
}

internal static class PayloadSigningText
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    public static bool IsChunked(this PayloadSigning signing) => signing >= PayloadSigning.Chunks;

    public static bool IsChunkSigned(this PayloadSigning signing) => signing is PayloadSigning.Chunks or PayloadSigning.ChunksAndTrailer;

    public static bool HasTrailer(this PayloadSigning signing) => signing is PayloadSigning.ChunksAndTrailer or PayloadSigning.UnsignedTrailer;

    /// <summary>Reads x-amz-content-sha256. False for a value that is none of its forms.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PayloadSigning signing)
    {
        switch (text)
        {
            case Unsigned:
                signing = PayloadSigning.Unsigned;
                return true;
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
                signing = PayloadSigning.Chunks;
                return true;
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
                signing = PayloadSigning.ChunksAndTrailer;
                return true;
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
                signing = PayloadSigning.UnsignedTrailer;
                return true;
            default:
                signing = PayloadSigning.Hash;
                return text.Length == 64 && IsHex(text);
        }
    }

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (var digit in text)
        {
            if (HexDigit.ValueOf(digit) < 0) return false;
        }
        return true;
    }
}
