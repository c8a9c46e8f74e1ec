using System.Buffers.Text;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ObjectStore.Bench.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection that does no more than the load generator needs: the generator shares the
/// machine with the server that it measures, and a general client would cost more than the server.
/// </summary>
internal sealed class HttpConnection(Uri endpoint) : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private Stream? _stream;
    private int _start;
    private int _end;

    /// <summary>Takes a piece of the body and its offset in it.</summary>
    public delegate void BodySink(ReadOnlySpan<byte> piece, long offset);

    /// <summary>Sends one request and reads its response to the end.</summary>
    /// <param name="head">Request line and headers, each line ended, without the empty line.</param>
    public async ValueTask<int> SendAsync(string head, ReadOnlyMemory<byte> body, BodySink? sink, CancellationToken ct)
    {
        var stream = _stream ??= await ConnectAsync(ct);
        try
        {
            var headLength = Encoding.ASCII.GetBytes(head, _buffer);
            "\r\n"u8.CopyTo(_buffer.AsSpan(headLength));
            headLength += 2;
            if (body.Length <= _buffer.Length - headLength)
            {
                body.Span.CopyTo(_buffer.AsSpan(headLength));
                await stream.WriteAsync(_buffer.AsMemory(0, headLength + body.Length), ct);
            }
            else
            {
                await stream.WriteAsync(_buffer.AsMemory(0, headLength), ct);
                await stream.WriteAsync(body, ct);
            }
            return await ReadResponseAsync(stream, head.StartsWith("HEAD ", StringComparison.Ordinal), sink, ct);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
        _start = _end = 0;
    }

    private async ValueTask<Stream> ConnectAsync(CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint.Host, endpoint.Port, ct);
        var network = new NetworkStream(socket, ownsSocket: true);
        if (endpoint.Scheme != Uri.UriSchemeHttps) return network;
        var tls = new SslStream(network);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = endpoint.Host }, ct);
        return tls;
    }

    private async ValueTask<int> ReadResponseAsync(Stream stream, bool isHead, BodySink? sink, CancellationToken ct)
    {
        while (true)
        {
            int headerEnd;
            while ((headerEnd = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0) await FillAsync(stream, ct);
            var (status, length, chunked, close) = ParseHead(_buffer.AsSpan(_start, headerEnd + 2));
            _start += headerEnd + 4;
            if (status == 100) continue;
            if (isHead || status is 204 or 304) length = 0;
            else if (chunked) await ReadChunkedAsync(stream, sink, ct);
            if (!chunked) await ReadBodyAsync(stream, length, 0, sink, ct);
            if (close) Dispose();
            return status;
        }
    }

    private static (int Status, long Length, bool Chunked, bool Close) ParseHead(ReadOnlySpan<byte> head)
    {
        Utf8Parser.TryParse(head[9..12], out int status, out _);
        long length = 0;
        bool chunked = false, close = false;
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (HasName(line, "content-length:"u8)) Utf8Parser.TryParse(line["content-length:".Length..].Trim((byte)' '), out length, out _);
            else if (HasName(line, "transfer-encoding:"u8)) chunked = true;
            else if (HasName(line, "connection:"u8)) close = line.IndexOf("close"u8) >= 0;
        }
        return (status, length, chunked, close);
    }

    private static bool HasName(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private async ValueTask ReadBodyAsync(Stream stream, long length, long offset, BodySink? sink, CancellationToken ct)
    {
        for (var left = length; left > 0;)
        {
            if (_start == _end) await FillAsync(stream, ct);
            var piece = (int)Math.Min(left, _end - _start);
            sink?.Invoke(_buffer.AsSpan(_start, piece), offset + length - left);
            _start += piece;
            left -= piece;
        }
    }

    private async ValueTask ReadChunkedAsync(Stream stream, BodySink? sink, CancellationToken ct)
    {
        for (long offset = 0; ;)
        {
            int lineEnd;
            while ((lineEnd = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8)) < 0) await FillAsync(stream, ct);
            if (!Utf8Parser.TryParse(_buffer.AsSpan(_start, lineEnd), out long size, out _, 'x')) throw new IOException("bad chunk");
            _start += lineEnd + 2;
            await ReadBodyAsync(stream, size, offset, sink, ct);
            offset += size;
            await ReadBodyAsync(stream, 2, 0, null, ct);
            if (size == 0) return;
        }
    }

    private async ValueTask FillAsync(Stream stream, CancellationToken ct)
    {
        if (_start == _end) _start = _end = 0;
        else if (_end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
        if (read == 0) throw new IOException("the server closed the connection");
        _end += read;
    }
}
