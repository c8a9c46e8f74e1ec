using System.IO.Pipelines;

namespace ObjectStore.Server.Objects;

/// <summary>What somebody writes, as a stream to be read. Disposing of it ends the writing.</summary>
internal sealed class PipedStream : Stream
{
    private readonly Pipe _pipe = new();
    private readonly CancellationTokenSource _stop;
    private readonly Task _writing;
    private bool _disposed;

    public PipedStream(Func<PipeWriter, CancellationToken, ValueTask> write, CancellationToken ct)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _writing = WriteAllAsync(write, _stop.Token);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await _pipe.Reader.ReadAsync(cancellationToken);
        var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        System.Buffers.BuffersExtensions.CopyTo(taken, buffer.Span);
        _pipe.Reader.AdvanceTo(taken.End);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _stop.CancelAsync();
        await _pipe.Reader.CompleteAsync();
        await _writing;
        _stop.Dispose();
        await base.DisposeAsync();
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>A fault is handed to the reading side.</summary>
    private async Task WriteAllAsync(Func<PipeWriter, CancellationToken, ValueTask> write, CancellationToken ct)
    {
        Exception? fault = null;
        try
        {
            await write(_pipe.Writer, ct);
        }
        catch (Exception e)
        {
            fault = e;
        }
        await _pipe.Writer.CompleteAsync(fault);
    }
}
