using System.Buffers;
using System.IO.Pipelines;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>A slice of an open version or content as the body of a write: for copies whose bytes must move. Dispose it.</summary>
internal sealed class HandleSource : IContentSource, IAsyncDisposable
{
    private readonly Pipe _pipe = new();
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;

    public HandleSource(ObjectHandle handle, long offset, long length, ChecksumSet digests, CancellationToken ct)
        : this(length, digests, (writer, token) => handle.ReadAsync(offset, length, writer, token), ct)
    {
    }

    /// <param name="read">Writes the bytes, of which there are <paramref name="length"/>.</param>
    public HandleSource(long length, ChecksumSet digests, Func<PipeWriter, CancellationToken, ValueTask> read, CancellationToken ct)
    {
        LengthBytes = length;
        Digests = digests;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _reading = ReadAllAsync(read, _stop.Token);
    }

    public long? LengthBytes { get; }

    public ChecksumSet Digests { get; }

    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        var result = await _pipe.Reader.ReadAsync(ct);
        var available = result.Buffer;
        var count = (int)Math.Min(available.Length, destination.Length);
        var taken = available.Slice(0, count);
        taken.CopyTo(destination.Span);
        _pipe.Reader.AdvanceTo(taken.End);
        return count;
    }

    public Failure? Verify(ComputedDigests digests) => null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pipe.Reader.CompleteAsync();
        await _reading;
        _stop.Dispose();
    }

    /// <summary>A fault is handed to the reading side, where it ends the write.</summary>
    private async Task ReadAllAsync(Func<PipeWriter, CancellationToken, ValueTask> read, CancellationToken ct)
    {
        Exception? fault = null;
        try
        {
            await read(_pipe.Writer, ct);
        }
        catch (Exception e)
        {
            fault = e;
        }
        await _pipe.Writer.CompleteAsync(fault);
    }
}
