using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ObjectStore.CompatTests.Clients;

/// <summary>Serves one page to a browser, on a loopback port of its own, and takes what the page reports.</summary>
internal sealed class PageServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource<string> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;

    public PageServer()
    {
        _listener.Start();
        Origin = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _serving = ServeAsync();
    }

    public string Origin { get; }

    public string Html { get; set; } = "";

    public string Settings { get; set; } = "";

    /// <summary>What the page sent to /report.</summary>
    public Task<string> Report => _report.Task;

    /// <summary>The target with which the browser came to /done.</summary>
    public Task<string> Done => _done.Task;

    public void Dispose()
    {
        _listener.Stop();
        _serving.Wait(TimeSpan.FromSeconds(60));
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                // A browser opens connections ahead of use: one without a request must not hold up the others.
                client.ReceiveTimeout = 2000;
                await AnswerAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The browser gave up this connection.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var (target, body) = await Task.Run(() => Read(stream));
        if (target.StartsWith("/report", StringComparison.Ordinal)) _report.TrySetResult(body);
        if (target.StartsWith("/done", StringComparison.Ordinal)) _done.TrySetResult(target);
        var (type, text) = target switch
        {
            "/" => ("text/html", Html),
            "/settings" => ("application/json", Settings),
            _ => ("text/plain", ""),
        };
        var content = Encoding.UTF8.GetBytes(text);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n"));
        await stream.WriteAsync(content);
    }

    private static (string Target, string Body) Read(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        var target = reader.ReadLine()?.Split(' ') is [_, var path, ..] ? path : throw new IOException("No request came.");
        var length = 0;
        while (reader.ReadLine() is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(header.AsSpan(15), provider: System.Globalization.CultureInfo.InvariantCulture);
        }
        var body = new StringBuilder();
        while (Encoding.UTF8.GetByteCount(body.ToString()) < length && reader.Read() is >= 0 and var character) body.Append((char)character);
        return (target, body.ToString());
    }
}
