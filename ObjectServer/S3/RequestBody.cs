namespace ObjectStore.Server.S3;

/// <summary>
/// The body of a request, decoded (aws-chunked framing removed). Nothing is read, and no 100 Continue sent, before the
/// first read here. A framing, signature or length fault ends a read with an <see cref="Errors.S3Exception"/>: nothing
/// of the body counts unless a read has returned 0.
/// </summary>
internal abstract class RequestBody
{
    /// <summary>Longest XML or JSON document that is accepted: DeleteObjects with 1,000 keys of 1,024 bytes fits.</summary>
    public const int MaxDocumentBytes = 2 * 1024 * 1024;

    /// <summary>The decoded length in bytes where the client declared it, else null.</summary>
    public abstract long? LengthBytes { get; }

    /// <summary>Fills a part of <paramref name="destination"/>; 0 at the end, after which digests in trailers are known.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct);

    /// <summary>The whole body, verified against the digests that the request carries. Empty if there is none.</summary>
    /// <exception cref="Errors.S3Exception">Too long (MaxMessageLengthExceeded), or its digests do not match.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> ReadDocumentAsync(int maxBytes, CancellationToken ct);
}
