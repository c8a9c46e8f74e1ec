using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace ObjectStore.Server.Http;

/// <summary>
/// Starts the answer when room for its first bytes is asked for. What is written before the start Kestrel keeps in memory of
/// its own and copies behind the head later: a quarter of a mebibyte for each object that is read.
/// </summary>
internal sealed class StartingWriter(PipeWriter inner, IHttpResponseBodyFeature response) : PipeWriter
{
    private bool _hasStarted;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override void Advance(int bytes) => inner.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Start();
        return inner.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Start();
        return inner.GetSpan(sizeHint);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    // Writes head and bytes in one go by itself.
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(source, cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private void Start()
    {
        if (_hasStarted) return;
        _hasStarted = true;
        var starting = response.StartAsync(CancellationToken.None);
        // Nothing is sent yet, and what runs on starting (Exchange, RequestLog, RequestWatch) waits for nothing.
        if (!starting.IsCompletedSuccessfully) starting.GetAwaiter().GetResult();
    }
}
