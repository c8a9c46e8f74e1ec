using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ObjectStore.Bench.Load;

/// <summary>A webhook that takes every event over, as cheaply as it can: it shares the machine with what is measured.</summary>
internal sealed class EventSink : IAsyncDisposable
{
    private static readonly byte[] Answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpListener _listener;
    private readonly Task _accepting;
    private long _count;

    public EventSink(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public long Count => Interlocked.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var socket = await _listener.AcceptSocketAsync(_stop.Token);
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        var buffer = new byte[64 * 1024];
        var held = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(held), _stop.Token);
                if (read == 0) return;
                held += read;
                for (int length; (length = LengthOf(buffer.AsSpan(0, held))) > 0;)
                {
                    buffer.AsSpan(length, held - length).CopyTo(buffer);
                    held -= length;
                    Interlocked.Increment(ref _count);
                    await stream.WriteAsync(Answer, _stop.Token);
                }
                if (held == buffer.Length) throw new IOException("An event was longer than 64 KiB.");
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The server went away, or the run is over.
        }
    }

    /// <summary>Bytes of the request at the beginning; 0 while it is not whole.</summary>
    private static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return 0;
        var head = Encoding.ASCII.GetString(bytes[..end]);
        const string name = "\r\nContent-Length:";
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0) throw new IOException("An event came without its length.");
        var line = head.AsSpan(at + name.Length);
        var stop = line.IndexOf('\r');
        var length = end + 4 + int.Parse(stop < 0 ? line : line[..stop], System.Globalization.CultureInfo.InvariantCulture);
        return length <= bytes.Length ? length : 0;
    }
}
