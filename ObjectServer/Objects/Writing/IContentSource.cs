using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>Where a body comes from: it fills the store's own buffers, so that bytes are copied once. Calls are sequential.</summary>
internal interface IContentSource
{
    /// <summary>Bytes of content (decoded) where known, else null.</summary>
    long? LengthBytes { get; }

    /// <summary>Digests to compute beside MD5, which is always computed.</summary>
    ChecksumSet Digests { get; }

    /// <summary>Fills the start of <paramref name="destination"/> (never empty) and returns how many bytes; 0 is the end. More a call is faster.</summary>
    /// <exception cref="ContentSourceException">The body is broken: the write ends with its failure.</exception>
    ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct);

    /// <summary>Called once behind the end and before anything is committed: compares with what the client promised in headers and trailers. Null accepts.</summary>
    Failure? Verify(ComputedDigests digests);
}

/// <summary>A body that cannot be read to its end; carries the outcome.</summary>
internal sealed class ContentSourceException(Failure failure, Exception? inner = null)
    : IOException(failure.Message ?? failure.Fault.ToString(), inner)
{
    public Failure Failure { get; } = failure;
}
