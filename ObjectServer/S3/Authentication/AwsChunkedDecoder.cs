using System.Buffers;
using System.Security.Cryptography;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3.Authentication;

/// <summary>
/// Takes the framing of aws-chunked off a body, in all its forms, and verifies the signatures in it. A state machine over
/// whatever pieces arrive; the content is copied once, into the caller's memory. Not thread-safe.
/// </summary>
/// <remarks>
/// <code>
/// chunk   := size-in-hex [";chunk-signature=" 64 hex] CRLF  size bytes  CRLF
/// body    := chunk* last
/// last    := "0" [";chunk-signature=" 64 hex] CRLF  trailer*  CRLF
/// trailer := name ":" value CRLF        (the last of them x-amz-trailer-signature, when chunks are signed)
/// </code>
/// Source: "Authenticating requests: using the Authorization header", chunked upload, with and without trailers.
/// </remarks>
internal sealed partial class AwsChunkedDecoder : IBodyDecoder
{
    /// <summary>Longest line of a chunk's head; the longest legal one has about 100 bytes.</summary>
    public const int MaxHeadBytes = 256;

    /// <summary>Longest line of a trailer.</summary>
    public const int MaxTrailerBytes = 1024;

    /// <summary>Least size of a chunk that another follows.</summary>
    public const int MinChunkBytes = 8192;

    private const int MaxTrailerLines = 16;

    // Clients have been seen to end a body with one empty line too many.
    private const int MaxTailBytes = 4;

    private readonly PayloadSigning _signing;
    private readonly long _decodedLength;
    private readonly ChunkSignatureChain? _chain;
    private readonly ExpectedDigests _expected;
    private readonly IncrementalHash? _chunkHash;
    private readonly byte[] _chunkSignature = new byte[SignatureClaim.SignatureLength];

    private State _state = State.Head;
    private long _chunkRemaining;
    private long _lastChunkSize = long.MaxValue;
    private long _total;
    private int _trailerLines;
    private int _tailBytes;

    /// <param name="decodedLength">x-amz-decoded-content-length; the content must have exactly as many bytes.</param>
    /// <param name="expected">Receives the checksum that its trailer brings.</param>
    public AwsChunkedDecoder(PayloadSigning signing, long decodedLength, ChunkSignatureChain? chain, ExpectedDigests expected)
    {
        _signing = signing;
        _decodedLength = decodedLength;
        _chain = chain;
        _expected = expected;
        if (signing.IsChunkSigned()) _chunkHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    private enum State
    {
        Head,
        Data,
        DataEnd,
        Trailers,
        Tail,
    }

    /// <summary>The body is over, with all its signatures verified; what may follow is checked by further calls.</summary>
    public bool IsComplete => _state == State.Tail;

    /// <summary>Never: nothing but an empty line may follow.</summary>
    public bool IsOver => false;

    /// <inheritdoc/>
    /// <exception cref="S3Exception">The framing, the length, a signature or a trailer is wrong. The decoder is then of no more use.</exception>
    public int Decode(ref ReadOnlySequence<byte> input, Span<byte> destination)
    {
        var written = 0;
        while (!input.IsEmpty)
        {
            switch (_state)
            {
                case State.Head when TryReadLine(ref input, MaxHeadBytes, out var head):
                    ReadHead(head);
                    break;
                case State.Data when written < destination.Length:
                    written += CopyData(ref input, destination[written..]);
                    break;
                case State.DataEnd when TryReadLine(ref input, maxBytes: 2, out var end):
                    if (!end.IsEmpty) throw Malformed("A chunk does not end where its size says.");
                    EndChunk();
                    break;
                case State.Trailers when TryReadLine(ref input, MaxTrailerBytes, out var line):
                    ReadTrailer(line);
                    break;
                case State.Tail:
                    ReadTail(ref input);
                    break;
                default:
                    return written;
            }
        }
        return written;
    }

    public void Dispose() => _chunkHash?.Dispose();

    /// <summary>A line without its CRLF (in trailers, also without LF alone). The span is valid until the input moves on.</summary>
    private bool TryReadLine(ref ReadOnlySequence<byte> input, int maxBytes, out ReadOnlySpan<byte> line)
    {
        line = default;
        var head = input.Length > maxBytes ? input.Slice(0, maxBytes) : input;
        var newline = head.PositionOf((byte)'\n');
        if (newline is null)
        {
            if (input.Length >= maxBytes) throw TooLong();
            return false;
        }
        var found = input.Slice(0, newline.Value);
        line = found.IsSingleSegment ? found.FirstSpan : found.ToArray();
        input = input.Slice(input.GetPosition(1, newline.Value));
        if (!line.IsEmpty && line[^1] == '\r') line = line[..^1];
        else if (_state != State.Trailers) throw Malformed("A line of the chunked body does not end with CRLF.");
        return true;
    }

    private void ReadHead(ReadOnlySpan<byte> head)
    {
        var semicolon = head.IndexOf((byte)';');
        var digits = semicolon < 0 ? head : head[..semicolon];
        var size = ParseSize(digits);
        if (size > 0 && _lastChunkSize < MinChunkBytes) throw TooSmall();
        if (size > _decodedLength - _total) throw new S3Exception(S3ErrorCode.IncompleteBody, "The chunks are longer than x-amz-decoded-content-length says.");
        if (_chain is not null) ReadChunkSignature(semicolon < 0 ? default : head[(semicolon + 1)..]);

        _lastChunkSize = size;
        _chunkRemaining = size;
        if (size > 0)
        {
            _state = State.Data;
            return;
        }
        if (_total != _decodedLength) throw new S3Exception(S3ErrorCode.IncompleteBody, "The chunks are shorter than x-amz-decoded-content-length says.");
        VerifyChunk();
        _state = State.Trailers;
    }

    private static long ParseSize(ReadOnlySpan<byte> digits)
    {
        // 13 digits are 4 PiB, beyond any object; the sum cannot overflow.
        if (digits.IsEmpty || digits.Length > 13) throw Malformed("The size of a chunk is not a hexadecimal number.");
        long size = 0;
        foreach (var digit in digits)
        {
            var value = HexDigit.ValueOf(digit);
            if (value < 0) throw Malformed("The size of a chunk is not a hexadecimal number.");
            size = (size << 4) | (uint)value;
        }
        return size;
    }

    private void ReadChunkSignature(ReadOnlySpan<byte> extension)
    {
        var prefix = "chunk-signature="u8;
        if (!extension.StartsWith(prefix) || extension.Length != prefix.Length + SignatureClaim.SignatureLength)
        {
            throw new S3Exception(AuthenticationErrors.Mismatch("A chunk has no signature."));
        }
        extension[prefix.Length..].CopyTo(_chunkSignature);
    }

    private int CopyData(ref ReadOnlySequence<byte> input, Span<byte> destination)
    {
        var piece = input.FirstSpan;
        var count = (int)Math.Min(Math.Min(piece.Length, destination.Length), _chunkRemaining);
        piece[..count].CopyTo(destination);
        _chunkHash?.AppendData(piece[..count]);
        input = input.Slice(count);
        _total += count;
        _chunkRemaining -= count;
        if (_chunkRemaining == 0) _state = State.DataEnd;
        return count;
    }

    private void EndChunk()
    {
        VerifyChunk();
        _state = State.Head;
    }

    private void VerifyChunk()
    {
        if (_chain is null) return;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _chunkHash!.GetHashAndReset(hash);
        if (!_chain.VerifyChunk(hash, _chunkSignature)) throw new S3Exception(AuthenticationErrors.Mismatch("The signature of a chunk does not match."));
    }

    private void ReadTail(ref ReadOnlySequence<byte> input)
    {
        _tailBytes += (int)Math.Min(input.Length, MaxTailBytes + 1);
        if (_tailBytes > MaxTailBytes) throw Malformed("Bytes follow the end of the chunked body.");
        foreach (var piece in input)
        {
            if (piece.Span.ContainsAnyExcept((byte)'\r', (byte)'\n')) throw Malformed("Bytes follow the end of the chunked body.");
        }
        input = input.Slice(input.End);
    }

    private static S3Exception Malformed(string message) => new(S3ErrorCode.InvalidRequest, message);

    private static S3Exception TooSmall() => new(S3ErrorCode.InvalidChunkSizeError);

    private S3Exception TooLong() => _state == State.Trailers
        ? new S3Exception(S3ErrorCode.MalformedTrailerError)
        : Malformed("A line of the chunked body is too long.");
}
