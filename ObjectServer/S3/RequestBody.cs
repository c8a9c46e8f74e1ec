using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Checksums;
using ObjectStore.Server.S3.Errors;

namespace ObjectStore.Server.S3;

/// <summary>
/// The body of a request, decoded (aws-chunked framing removed); a content source for the object service as it is.
/// Nothing is read, and no 100 Continue sent, before the first read here. Nothing of the body counts unless a read has
/// returned 0 and <see cref="Verify"/> null.
/// </summary>
internal abstract class RequestBody(ExpectedDigests expected) : IContentSource
{
    /// <summary>Longest XML or JSON document that is accepted: DeleteObjects with 1,000 keys of 1,024 bytes fits.</summary>
    public const int MaxDocumentBytes = 2 * 1024 * 1024;

    private ReadOnlyMemory<byte>? _document;

    /// <summary>What the client promised about the body; its algorithm is the one to keep with the object.</summary>
    public ExpectedDigests Expected { get; } = expected;

    /// <summary>Why the body is not what the client promised, in S3's words; it goes before what the object service makes of it.</summary>
    public S3Error? Error { get; private set; }

    /// <summary>Asked when a document has come, which can be long after the call was allowed: whether it still may be obeyed. Throws if not.</summary>
    public Func<CancellationToken, ValueTask>? ConfirmDocument { get; set; }

    /// <summary>Bytes of content after which a body whose length nobody declared is refused (EntityTooLarge).</summary>
    public long MaxBytes { get; set; } = long.MaxValue;

    /// <summary>The decoded length in bytes where the client declared it, else null.</summary>
    public abstract long? LengthBytes { get; }

    public ChecksumSet Digests => Expected.Wanted;

    /// <summary>Fills a part of <paramref name="destination"/>; 0 at the end, after which digests in trailers are known.</summary>
    /// <exception cref="ContentSourceException">Framing, a signature or the length is wrong, or the client went away.</exception>
    public abstract ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct);

    public Failure? Verify(ComputedDigests digests)
    {
        if (Expected.Check(digests) is not { } error) return null;
        Error = error;
        return new Failure(FaultOf(error.Code)) { Message = error.Message };
    }

    /// <summary>The whole body, verified against the digests that the request carries. Empty if there is none. Asked again, it is the same.</summary>
    /// <exception cref="S3Exception">Too long (MaxMessageLengthExceeded), malformed, or its digests do not match.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadDocumentAsync(int maxBytes, CancellationToken ct)
    {
        if ((_document?.Length ?? LengthBytes) > maxBytes) throw TooLong();
        if (_document is { } known) return known;
        var document = new byte[(int)Math.Min(LengthBytes ?? 4096, maxBytes) + 1];
        var length = 0;
        while (true)
        {
            if (length == document.Length) Array.Resize(ref document, Math.Min(document.Length * 2, maxBytes + 1));
            var count = await ReadAsync(document.AsMemory(length), ct);
            if (count == 0) break;
            length += count;
            if (length > maxBytes) throw TooLong();
        }
        var read = document.AsMemory(0, length);
        if (Digests.Bits != 0 && Verify(DocumentDigests.Compute(Digests, read.Span)) is not null) throw new S3Exception(Error!);
        if (ConfirmDocument is { } confirm) await confirm(ct);
        _document = read;
        return read;
    }

    /// <summary>Remembers an error of the body, and gives the exception that ends the write.</summary>
    protected ContentSourceException Fail(S3Error error, Exception? inner = null)
    {
        Error ??= error;
        return new ContentSourceException(new Failure(FaultOf(error.Code)) { Message = error.Message }, inner);
    }

    private static ObjectFault FaultOf(S3ErrorCode code) => code switch
    {
        S3ErrorCode.BadDigest => ObjectFault.BadDigest,
        S3ErrorCode.XAmzContentSHA256Mismatch => ObjectFault.ContentSha256Mismatch,
        S3ErrorCode.SignatureDoesNotMatch => ObjectFault.SignatureMismatch,
        S3ErrorCode.IncompleteBody or S3ErrorCode.RequestTimeout => ObjectFault.IncompleteBody,
        S3ErrorCode.EntityTooLarge => ObjectFault.EntityTooLarge,
        _ => ObjectFault.MalformedBody,
    };

    private static S3Exception TooLong() => new(S3ErrorCode.MaxMessageLengthExceeded);
}
