using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Http;
using ObjectStore.Server.S3;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.ObjectServer.Tests.Http;

/// <summary>A started Kestrel on a loopback port of its own, over operations that the test gives.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string AccessKey = "test-key";
    public const string SecretKey = "test-secret";

    private static readonly RequestIds Ids = new(new Random(1));

    private readonly KestrelHost _kestrel;

    private TestServer(KestrelHost kestrel) => _kestrel = kestrel;

    public ServerHealth Health { get; } = new();

    public TransportMemory TransportMemory => _kestrel.Memory;

    public int Port { get; private set; }

    public static async Task<TestServer> StartAsync(IEnumerable<IS3Operation> operations, CertificateStore? certificates = null, params string[] domains)
    {
        var server = new TestServer(KestrelHost.Create(new ListenAddress("127.0.0.1", 0), certificates, Ids, NullLoggerFactory.Instance));
        var metrics = new ServerMetrics(TimeProvider.System);
        var hosts = new VirtualHosts(domains);
        var authenticator = new SignatureV4Authenticator(new RootCredentialStore(AccessKey, SecretKey), "us-east-1", TimeProvider.System);
        var forms = new FormAuthenticator(new RootCredentialStore(AccessKey, SecretKey), "us-east-1", isV2Allowed: false, TimeProvider.System);
        var s3 = new S3Endpoint(new OperationHandlers(operations), authenticator, forms, new RootOnlyAuthorizer(), new FakeCors(), hosts, TimeProvider.System, NullLogger<S3Endpoint>.Instance);
        var application = new ServerApplication(
            s3, new SystemEndpoints(server.Health, [metrics]), hosts, metrics, Ids, TimeProvider.System, NullLogger<ServerApplication>.Instance);
        await server._kestrel.StartAsync(application, CancellationToken.None);
        server.Port = new Uri(server._kestrel.Addresses[0]).Port;
        return server;
    }

    /// <summary>Sends bytes as they are, and reads until the server closes or the answer's declared length is there.</summary>
    public async Task<RawAnswer> SendAsync(byte[] request, bool isHead = false)
    {
        using var connection = await ConnectAsync();
        await connection.SendAsync(request);
        return await RawAnswer.ReadAsync(connection, isHead);
    }

    public Task<RawAnswer> SendAsync(string request, bool isHead = false) => SendAsync(Encoding.Latin1.GetBytes(request), isHead);

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", Port);
        return socket;
    }

    public Task StopAsync(CancellationToken ct) => _kestrel.StopAsync(ct);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _kestrel.StopAsync(now.Token);
        await _kestrel.DisposeAsync();
    }
}

/// <summary>An answer as it came over the wire.</summary>
internal sealed record RawAnswer(string Head, string Body, bool IsClosed)
{
    public int Status => Head.Length < 12 ? 0 : int.Parse(Head.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);

    public string Code => System.Text.RegularExpressions.Regex.Match(Body, "<Code>(.*?)</Code>").Groups[1].Value;

    public string? Header(string name) => Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();

    public static async Task<RawAnswer> ReadAsync(Socket connection, bool isHead = false)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var received = new List<byte>();
        var buffer = new byte[4096];
        while (true)
        {
            var text = Encoding.Latin1.GetString(received.ToArray());
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var answer = new RawAnswer(text[..end], text[(end + 4)..], IsClosed: false);
                var length = isHead || answer.Status is 100 or 204 or 304 ? 0 : int.Parse(answer.Header("Content-Length") ?? "2147483647", System.Globalization.CultureInfo.InvariantCulture);
                if (answer.Body.Length >= length) return answer;
            }
            int count;
            try
            {
                count = await connection.ReceiveAsync(buffer, limit.Token);
            }
            catch (SocketException)
            {
                count = 0;
            }
            if (count == 0) return end < 0 ? new RawAnswer(text, "", true) : new RawAnswer(text[..end], text[(end + 4)..], true);
            received.AddRange(buffer.AsSpan(0, count));
        }
    }
}
