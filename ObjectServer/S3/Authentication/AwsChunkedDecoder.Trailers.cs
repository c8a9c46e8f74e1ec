using System.Security.Cryptography;
using System.Text;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

// What follows the last chunk: the checksum that the client computed while it sent, and its signature.
internal sealed partial class AwsChunkedDecoder
{
    private const string SignatureTrailer = "x-amz-trailer-signature";
    private static readonly char[] Blanks = [' ', '\t'];

    private byte[]? _trailerHash;
    private bool _trailerVerified;
    private bool _trailerSeen;

    private bool NeedsTrailer => _expected.TrailerName is not null && !_trailerSeen;

    private bool NeedsTrailerSignature => _signing == PayloadSigning.ChunksAndTrailer && !_trailerVerified;

    private void ReadTrailer(ReadOnlySpan<byte> line)
    {
        if (++_trailerLines > MaxTrailerLines) throw MalformedTrailer();
        if (line.IsEmpty)
        {
            EndTrailers();
            return;
        }
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || !_signing.HasTrailer() || _trailerVerified) throw MalformedTrailer();
        var name = Encoding.Latin1.GetString(line[..colon]).Trim(Blanks).ToLowerInvariant();
        var value = Encoding.Latin1.GetString(line[(colon + 1)..]).Trim(Blanks);
        if (name == SignatureTrailer) ReadTrailerSignature(value);
        else ReadDeclaredTrailer(name, value);
    }

    // Some clients put an empty line between the trailers, as AWS's description can be read; it ends nothing while one is missing.
    private void EndTrailers()
    {
        if (!NeedsTrailer && !NeedsTrailerSignature) _state = State.Tail;
    }

    private void ReadDeclaredTrailer(string name, string value)
    {
        if (name != _expected.TrailerName || _trailerSeen) throw MalformedTrailer();
        if (_expected.SetTrailer(value) is { } error) throw new S3Exception(error);
        _trailerSeen = true;
        // The signature covers each trailer as name, colon, value, and a newline alone.
        if (_chain is not null) _trailerHash = SHA256.HashData(Encoding.Latin1.GetBytes($"{name}:{value}\n"));
    }

    private void ReadTrailerSignature(string value)
    {
        if (_signing != PayloadSigning.ChunksAndTrailer) throw MalformedTrailer();
        var hash = _trailerHash ?? SHA256.HashData([]);
        if (!_chain!.VerifyTrailer(hash, Encoding.Latin1.GetBytes(value)))
        {
            throw new S3Exception(AuthenticationErrors.Mismatch("The signature of the trailers does not match."));
        }
        _trailerVerified = true;
    }

    /// <summary>What it means that the body ends here: an error, unless it is complete.</summary>
    public void CheckEnd()
    {
        // All is there and verified; only the last empty line is missing.
        if (IsComplete || (_state == State.Trailers && !NeedsTrailer && !NeedsTrailerSignature)) return;
        throw _state == State.Trailers
            ? MalformedTrailer()
            : new S3Exception(S3ErrorCode.IncompleteBody);
    }

    private static S3Exception MalformedTrailer() => new(S3ErrorCode.MalformedTrailerError);
}
