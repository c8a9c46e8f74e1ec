using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ObjectStore.Client.Tests;

/// <summary>Reads a request of each connection, and does what the script says: sends bytes, or breaks the connection.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly string?[] _answers;
    private readonly Task _serving;

    /// <param name="answers">Null breaks the connection once the request is read. The last one is repeated.</param>
    public ScriptedServer(params string?[] answers)
    {
        _answers = answers;
        _listener.Start();
        // Not in the context of the test, whose one thread waits for the client.
        _serving = Task.Run(AcceptAsync);
    }

    /// <summary>Whether connections are left open behind what was answered.</summary>
    public bool StaysOpen { get; init; }

    public Uri Endpoint => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The first lines of the requests so far.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public static string Answer(int status, string body = "", string headers = "") =>
        $"HTTP/1.1 {status} Text\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}Connection: close\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _serving;
        _listener.Stop();
        _stopping.Dispose();
    }

    // Side by side: a client also opens connections that it does not use then.
    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        while (true)
        {
            try
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(serving);
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync(_stopping.Token) is not { } request) return;
            _requests.Enqueue(request);
            var answer = _answers[Math.Min(_requests.Count, _answers.Length) - 1];
            var length = 0;
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)) length = int.Parse(header.AsSpan(15), System.Globalization.CultureInfo.InvariantCulture);
            }
            if (length > 0) await reader.ReadBlockAsync(new char[length], _stopping.Token);
            if (answer is not null) await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
            if (StaysOpen) await Task.Delay(Timeout.Infinite, _stopping.Token);
        }
        catch (IOException)
        {
            // The client went away, as some tests let it.
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // A connection that was not used.
        }
    }
}
