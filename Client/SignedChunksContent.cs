using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace ObjectStore.Client;

/// <summary>A body in the framing aws-chunked, each chunk with its signature.</summary>
internal sealed class SignedChunksContent(StreamedBody body, ProgressWatch watch, TimeSpan answerTimeout) : HttpContent
{
    /// <summary>Servers must take chunks of 8 KiB and more; with this size the framing costs a thousandth.</summary>
    private const int ChunkBytes = 128 << 10;

    private const int SignatureChars = 64;
    private const string SignatureName = ";chunk-signature=";

    /// <summary>Set before it is sent.</summary>
    public ChunkSigner? Signer { get; set; }

    /// <summary>Why the source did not give what it should; it is no failure of the server's.</summary>
    public Exception? SourceFailure { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await using var source = await OpenAsync(cancellationToken);
            for (var left = body.LengthBytes; left > 0;)
            {
                var count = (int)Math.Min(left, ChunkBytes);
                await ReadAsync(source, chunk.AsMemory(0, count), cancellationToken);
                await WriteAsync(stream, chunk.AsMemory(0, count), cancellationToken);
                left -= count;
            }
            await WriteAsync(stream, default, cancellationToken);
            watch.Allow(answerTimeout);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        var (whole, rest) = (body.LengthBytes / ChunkBytes, (int)(body.LengthBytes % ChunkBytes));
        length = (whole * FramedBytes(ChunkBytes)) + (rest > 0 ? FramedBytes(rest) : 0) + FramedBytes(0);
        return true;
    }

    private static int FramedBytes(int count) => Hex(count).Length + SignatureName.Length + SignatureChars + 2 + count + 2;

    private static string Hex(int count) => count.ToString("x", CultureInfo.InvariantCulture);

    private async ValueTask<Stream> OpenAsync(CancellationToken ct)
    {
        try
        {
            return await body.OpenAsync(ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            SourceFailure = exception;
            throw;
        }
    }

    private async ValueTask ReadAsync(Stream source, Memory<byte> into, CancellationToken ct)
    {
        try
        {
            await source.ReadExactlyAsync(into, ct);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            SourceFailure = exception;
            throw;
        }
        watch.Moved();
    }

    private async ValueTask WriteAsync(Stream stream, ReadOnlyMemory<byte> chunk, CancellationToken ct)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{Hex(chunk.Length)}{SignatureName}{Signer!.Sign(chunk.Span)}\r\n"), ct);
        if (!chunk.IsEmpty) await stream.WriteAsync(chunk, ct);
        await stream.WriteAsync("\r\n"u8.ToArray(), ct);
        watch.Moved();
    }
}
