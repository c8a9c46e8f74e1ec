using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Grpc.Health;
using ObjectStore.Grpc.Protocol;
using ObjectStore.Grpc.Reflection;
using ObjectStore.Harness;

namespace ObjectStore.Grpc.Tests;

internal sealed record Ended(string Method, GrpcStatusCode Code, string Message, Exception? Fault);

/// <summary>The status of a call as the wire carried it, and the messages before it.</summary>
internal sealed record Answer(HttpStatusCode HttpStatus, int? Status, string Message, IReadOnlyList<byte[]> Frames, HttpResponseHeaders Headers)
{
    public GrpcStatusCode Code => (GrpcStatusCode)Status!.Value;
}

/// <summary>A server on a unix socket with an echo service, and a client that shows the bytes.</summary>
internal sealed class EchoServer : IGrpcObserver, IAsyncDisposable
{
    public const string Say = "/objectstore.tests.Echo/Say";
    public const string Hang = "/objectstore.tests.Echo/Hang";

    private readonly TemporaryDirectory _directory = new();
    private GrpcServer? _server;

    public ConcurrentQueue<Ended> Calls { get; } = [];

    public HealthService Health { get; } = new();

    /// <summary>Completes when a call of Hang has begun.</summary>
    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the token of a call of Hang was cancelled.</summary>
    public TaskCompletionSource HangCancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets calls of Hang answer.</summary>
    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string SocketPath => Path.Combine(_directory.Path, "grpc.sock");

    public HttpClient Client { get; private set; } = null!;

    public static async Task<EchoServer> StartAsync(GrpcOptions? options = null)
    {
        var server = new EchoServer();
        await server.ListenAsync(options ?? new GrpcOptions());
        return server;
    }

    public static byte[] Frame(IMessage message) => Frame(message.ToByteArray());

    public static byte[] Frame(byte[] message, bool compressed = false)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        GrpcFrames.Write(writer, message, compressed);
        return writer.WrittenSpan.ToArray();
    }

    public Task<Answer> CallAsync(string path, IMessage message, Action<HttpRequestMessage>? change = null) => CallAsync(path, Frame(message), change);

    public async Task<Answer> CallAsync(string path, byte[] body, Action<HttpRequestMessage>? change = null, CancellationToken ct = default)
    {
        using var request = NewRequest(path, body);
        change?.Invoke(request);
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        var source = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        int? status = source.TryGetValues("grpc-status", out var values) ? int.Parse(values.Single(), System.Globalization.CultureInfo.InvariantCulture) : null;
        var text = source.TryGetValues("grpc-message", out var messages) ? messages.Single() : "";
        return new Answer(response.StatusCode, status, text, Split(bytes), response.Headers);
    }

    public static HttpRequestMessage NewRequest(string path, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost" + path)
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    public async Task StopAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        Release.TrySetResult();
        Client.Dispose();
        await StopAsync();
        _directory.Dispose();
    }

    void IGrpcObserver.CallEnded(string method, GrpcStatusCode code, string message, TimeSpan elapsed, Exception? fault) =>
        Calls.Enqueue(new Ended(method, code, message, fault));

    private async Task ListenAsync(GrpcOptions options)
    {
        var echo = new GrpcService(EchoReflection.Descriptor.Services[0])
            .Unary<EchoRequest, EchoResponse>("Say", (request, _) => request.Status == 0
                ? Task.FromResult(new EchoResponse { Text = request.Text })
                : throw new GrpcException((GrpcStatusCode)request.Status, request.Text))
            .Unary<EchoRequest, EchoResponse>("Hang", async (request, ct) =>
            {
                Hanging.TrySetResult();
                await Release.Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (ct.IsCancellationRequested) HangCancelled.TrySetResult();
                ct.ThrowIfCancellationRequested();
                return new EchoResponse { Text = request.Text };
            })
            .Unary<EchoRequest, EchoResponse>("Fault", (request, _) => throw new InvalidOperationException($"the secret is {request.Text}"));
        GrpcService[] services = [echo, Health.Service];
        var endpoint = new GrpcEndpoint([.. services, new ReflectionService(services).Service], options, this, TimeProvider.System);
        _server = await GrpcServer.StartAsync(GrpcAddress.Parse($"unix://{SocketPath}"), endpoint, options, NullLoggerFactory.Instance, CancellationToken.None);
        Client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync });
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), ct);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static List<byte[]> Split(byte[] bytes)
    {
        var frames = new List<byte[]>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at + 1));
            frames.Add(bytes[at..(at + GrpcFrames.PrefixBytes + length)]);
            at += GrpcFrames.PrefixBytes + length;
        }
        return frames;
    }
}
