using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ObjectStore.Server.Tests.S3.Fuzz;

/// <summary>An answer off the wire. Status 0: the connection ended before there was one.</summary>
internal sealed record FuzzAnswer(int Status, string Head, byte[] Body, bool IsWhole)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>Sends bytes as they are and reads one answer, on a connection that is kept as long as the server keeps it.</summary>
internal sealed class FuzzConnection(Uri server) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Socket? _socket;
    private readonly List<byte> _received = [];
    private readonly byte[] _buffer = new byte[64 << 10];

    /// <exception cref="OperationCanceledException">The server did not answer in a minute.</exception>
    public async Task<FuzzAnswer> SendAsync(byte[] request, bool isHead)
    {
        using var limit = new CancellationTokenSource(Patience);
        if (_socket is null)
        {
            _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(server.Host, server.Port, limit.Token);
        }

        var sending = SendAllAsync(request, limit.Token);
        var answer = await ReadAsync(isHead, limit.Token);
        // Who is answered before everything is sent goes no further.
        if (!sending.IsCompleted || !answer.IsWhole || answer.Head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
            Dispose();
        await sending;
        return answer;
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
        _received.Clear();
    }

    private async Task SendAllAsync(byte[] request, CancellationToken ct)
    {
        try
        {
            for (var sent = 0; sent < request.Length;)
                sent += await _socket!.SendAsync(request.AsMemory(sent), ct);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server has refused the rest; its answer says why.
        }
    }

    private async Task<FuzzAnswer> ReadAsync(bool isHead, CancellationToken ct)
    {
        int end;
        while ((end = IndexOf("\r\n\r\n", 0)) < 0)
            if (!await ReceiveAsync(ct))
                return new FuzzAnswer(0, Encoding.Latin1.GetString([.. _received]), [], IsWhole: false);
        var head = Encoding.Latin1.GetString([.. _received[..end]]);
        _received.RemoveRange(0, end + 4);
        var status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
        if (status == 100)
            return await ReadAsync(isHead, ct);
        if (isHead || status is 204 or 304)
            return new FuzzAnswer(status, head, [], IsWhole: true);
        var body = new List<byte>();
        var whole = head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)
            ? await TakeChunksAsync(body, ct)
            : await TakeAsync(LengthIn(head), body, ct);
        return new FuzzAnswer(status, head, [.. body], whole);
    }

    private static int LengthIn(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.AsSpan(15), CultureInfo.InvariantCulture);
    }

    private async Task<bool> TakeChunksAsync(List<byte> body, CancellationToken ct)
    {
        while (true)
        {
            int end;
            while ((end = IndexOf("\r\n", 0)) < 0)
                if (!await ReceiveAsync(ct))
                    return false;
            var length = int.Parse(Encoding.Latin1.GetString([.. _received[..end]]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _received.RemoveRange(0, end + 2);
            if (!await TakeAsync(length, body, ct) || !await TakeAsync(2, [], ct))
                return false;
            if (length == 0)
                return true;
        }
    }

    private async Task<bool> TakeAsync(int count, List<byte> body, CancellationToken ct)
    {
        while (_received.Count < count)
            if (!await ReceiveAsync(ct))
                return false;
        body.AddRange(_received[..count]);
        _received.RemoveRange(0, count);
        return true;
    }

    private async Task<bool> ReceiveAsync(CancellationToken ct)
    {
        try
        {
            var count = await _socket!.ReceiveAsync(_buffer, ct);
            _received.AddRange(_buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private int IndexOf(string text, int from)
    {
        for (var i = from; i <= _received.Count - text.Length; i++)
        {
            var n = 0;
            while (n < text.Length && _received[i + n] == text[n]) n++;
            if (n == text.Length) return i;
        }

        return -1;
    }
}
