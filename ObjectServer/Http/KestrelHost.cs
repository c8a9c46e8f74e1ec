using System.Net;
using System.Net.Security;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Http;

/// <summary>Kestrel, set up for an object store, without the web host around it.</summary>
internal sealed class KestrelHost : IAsyncDisposable
{
    /// <summary>A client slower than this for longer than the grace period loses its connection, so that stalled uploads free their buffers.</summary>
    private static readonly MinDataRate SlowestClient = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(30));

    private readonly WebApplication _container;
    private readonly IServer _server;

    private KestrelHost(WebApplication container)
    {
        _container = container;
        _server = container.Services.GetRequiredService<IServer>();
    }

    internal TransportMemory Memory => (TransportMemory)_container.Services.GetRequiredService<IMemoryPoolFactory<byte>>();

    /// <summary>What it listens on, with the real port.</summary>
    public IReadOnlyList<string> Addresses => [.. _server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

    /// <param name="certificates">Null for plain HTTP/1.1; with TLS, HTTP/2 is offered too.</param>
    /// <param name="ids">For requests that are refused before they become one.</param>
    public static KestrelHost Create(ListenAddress address, CertificateStore? certificates, RequestIds ids, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            SetLimits(options);
            Listen(options, address, certificates, ids);
        });
        // Behind the set-up, whose own factory would otherwise be the last and win.
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new TransportMemory());
        return new KestrelHost(builder.Build());
    }

    public Task StartAsync(IHttpApplication<Exchange> application, CancellationToken ct) => _server.StartAsync(application, ct);

    /// <summary>Takes no more connections and waits for requests in flight until the token is cancelled; then connections are broken.</summary>
    public Task StopAsync(CancellationToken ct) => _server.StopAsync(ct);

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private static void SetLimits(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        // Bytes of header values as they are: clients send, and want back, what is no valid UTF-8.
        options.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;

        var limits = options.Limits;
        // Objects are as large as they are; what an operation cannot take it refuses by itself.
        limits.MaxRequestBodySize = null;
        // A key of 1,024 bytes percent-encoded is 3 KiB, a presigned query with a session token 4 KiB more.
        limits.MaxRequestLineSize = 16 * 1024;
        // S3 allows 8 KiB of headers; SDKs behind proxies come with more.
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 128;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = SlowestClient;
        limits.MinResponseDataRate = SlowestClient;
        // Back pressure: what a client sends ahead of the drives, and what is sent ahead of a client, is bounded per connection.
        limits.MaxRequestBufferSize = 1024 * 1024;
        limits.MaxResponseBufferSize = 256 * 1024;
        limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        limits.Http2.InitialStreamWindowSize = 768 * 1024;
        limits.Http2.MaxFrameSize = 64 * 1024;
    }

    private static void Listen(KestrelServerOptions options, ListenAddress address, CertificateStore? certificates, RequestIds ids)
    {
        void Configure(ListenOptions listen)
        {
            listen.Protocols = certificates is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificates is not null) UseTls(listen, certificates);
            // Behind TLS, so that it sees what the server writes and not what goes over the wire.
            FaultAnswers.Use(listen, ids);
        }

        if (address.Host.Length == 0) options.ListenAnyIP(address.Port, Configure);
        else if (IPAddress.TryParse(address.Host, out var ip)) options.Listen(ip, address.Port, Configure);
        // Kestrel cannot choose one free port for both loopback addresses.
        else if (address.IsLoopback) options.Listen(IPAddress.Loopback, address.Port, Configure);
        else options.Listen(Resolve(address.Host), address.Port, Configure);
    }

    private static IPAddress Resolve(string host) => Dns.GetHostAddresses(host)[0];

    private static void UseTls(ListenOptions listen, CertificateStore certificates) => listen.UseHttps(new TlsHandshakeCallbackOptions
    {
        HandshakeTimeout = TimeSpan.FromSeconds(15),
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificates.Current,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
    });
}
