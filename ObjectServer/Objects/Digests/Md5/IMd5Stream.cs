namespace ObjectStore.Server.Objects.Digests;

/// <summary>The MD5 (RFC 1321) of one body that arrives in pieces. One caller, whose calls are sequential.</summary>
internal interface IMd5Stream
{
    /// <summary>
    /// Takes the next bytes. Until the returned task has completed they must not change: the service reads them in place.
    /// </summary>
    /// <param name="data">Any length; some 256 KiB are best, so that a lane has work for a while.</param>
    /// <param name="ct">Heeded before the work begins and not during it, because the bytes are in use then; it takes no longer than a millisecond or so of computing.</param>
    /// <exception cref="ObjectDisposedException">The service was disposed.</exception>
    ValueTask UpdateAsync(ReadOnlyMemory<byte> data, CancellationToken ct);

    /// <summary>Writes the digest of all that was taken, 16 bytes, and begins anew with nothing taken.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than 16 bytes.</exception>
    /// <exception cref="InvalidOperationException">An update has not completed, or failed.</exception>
    void Finish(Span<byte> destination);
}
