namespace ObjectStore.Client;

/// <summary>Bytes of known length that are sent while they are read, and never all in memory.</summary>
public sealed class StreamedBody
{
    private readonly Func<CancellationToken, ValueTask<Stream>> _open;

    private StreamedBody(long lengthBytes, bool isRepeatable, Func<CancellationToken, ValueTask<Stream>> open)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        (LengthBytes, IsRepeatable, _open) = (lengthBytes, isRepeatable, open);
    }

    public long LengthBytes { get; }

    /// <summary>Whether it can be read again from its beginning: only then is an attempt that failed repeated.</summary>
    public bool IsRepeatable { get; }

    public static StreamedBody Of(ReadOnlyMemory<byte> bytes) =>
        new(bytes.Length, isRepeatable: true, _ => ValueTask.FromResult<Stream>(new MemoryStream(bytes.ToArray(), writable: false)));

    /// <summary>What can be read once only. The stream is disposed of when it was read.</summary>
    public static StreamedBody Once(Stream stream, long lengthBytes) => new(lengthBytes, isRepeatable: false, _ => ValueTask.FromResult(stream));

    /// <param name="open">Called for each attempt; gives the bytes from their beginning in a stream that is disposed of afterwards.</param>
    public static StreamedBody Repeatable(long lengthBytes, Func<CancellationToken, ValueTask<Stream>> open) => new(lengthBytes, isRepeatable: true, open);

    internal ValueTask<Stream> OpenAsync(CancellationToken ct) => _open(ct);
}
