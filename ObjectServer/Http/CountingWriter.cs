using System.IO.Pipelines;

namespace ObjectStore.Server.Http;

/// <summary>Counts what is written through it, and tells before the last of it leaves.</summary>
/// <param name="lengthBytes">How much is announced, once it is; null where the end is told by nothing that is written here.</param>
/// <param name="onEnd">Awaited once, before the client can have all.</param>
internal sealed class CountingWriter(PipeWriter inner, Func<long?> lengthBytes, Func<ValueTask> onEnd) : PipeWriter
{
    private bool _isEnding;

    public long Count { get; private set; }

    private bool Ends => !_isEnding && lengthBytes() is { } length && Count >= length;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes)
    {
        inner.Advance(bytes);
        Count += bytes;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        Ends ? EndAsync(default, cancellationToken) : inner.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        Count += source.Length;
        return Ends ? EndAsync(source, cancellationToken) : inner.WriteAsync(source, cancellationToken);
    }

    private async ValueTask<FlushResult> EndAsync(ReadOnlyMemory<byte> last, CancellationToken ct)
    {
        _isEnding = true;
        await onEnd();
        return last.IsEmpty ? await inner.FlushAsync(ct) : await inner.WriteAsync(last, ct);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
