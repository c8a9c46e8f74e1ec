using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Google.Protobuf;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Tests.Fixture;

/// <summary>The end of a call as the wire carried it.</summary>
/// <param name="Message">The bytes of the one answer; empty if there is none.</param>
internal sealed record WireAnswer(GrpcStatusCode Code, string Text, byte[] Message, bool HasDetails)
{
    public T Read<T>() where T : IMessage<T>, new()
    {
        Code.ShouldBe(GrpcStatusCode.Ok, Text);
        return new MessageParser<T>(() => new T()).ParseFrom(Message);
    }
}

/// <summary>A gRPC client over a unix socket, no more than sidecars need, which shows the bytes.</summary>
internal sealed class GrpcClient : IDisposable
{
    private readonly HttpClient _http;

    public GrpcClient(string socketPath)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), ct);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(2) };
    }

    public async Task<WireAnswer> CallAsync(string method, IMessage request, TimeSpan? deadline = null) => await CallAsync(method, request.ToByteArray(), deadline);

    public async Task<WireAnswer> CallAsync(string method, byte[] request, TimeSpan? deadline = null)
    {
        var frame = new byte[5 + request.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)request.Length);
        request.CopyTo(frame, 5);
        using var message = new HttpRequestMessage(HttpMethod.Post, "http://localhost/" + method)
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(frame),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (deadline is { } limit) message.Headers.Add("grpc-timeout", ((long)limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) + "m");
        using var response = await _http.SendAsync(message);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var status = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        var text = status.TryGetValues("grpc-message", out var texts) ? Uri.UnescapeDataString(texts.Single()) : "";
        var code = (GrpcStatusCode)int.Parse(status.GetValues("grpc-status").Single(), CultureInfo.InvariantCulture);
        return new WireAnswer(code, text, bytes.Length == 0 ? [] : bytes[5..], status.Contains("grpc-status-details-bin"));
    }

    public void Dispose() => _http.Dispose();
}
