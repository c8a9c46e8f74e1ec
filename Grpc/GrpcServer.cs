using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ObjectStore.Grpc;

/// <summary>Kestrel with HTTP/2 without TLS on one unix socket or TCP address: what sidecars of Kubernetes speak.</summary>
public sealed class GrpcServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly GrpcOptions _options;

    private GrpcServer(WebApplication application, GrpcOptions options)
    {
        _application = application;
        _options = options;
    }

    /// <summary>What it listens on, with the real port.</summary>
    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts to listen. A socket that a server left behind when it was killed is taken over; one that answers is not.</summary>
    /// <exception cref="IOException">The address is in use or cannot be listened on; says which.</exception>
    public static async Task<GrpcServer> StartAsync(GrpcAddress address, GrpcEndpoint endpoint, GrpcOptions options, ILoggerFactory loggers, CancellationToken ct)
    {
        if (address.SocketPath is { } path) await RemoveDeadSocketAsync(path, ct);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            if (address.SocketPath is { } socket) kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2);
            else kestrel.Listen(address.EndPoint ?? new IPEndPoint(IPAddress.Loopback, 0), listen => listen.Protocols = HttpProtocols.Http2);
        });
        var application = builder.Build();
        application.Run(endpoint.InvokeAsync);
        try
        {
            await application.StartAsync(ct);
        }
        catch (SocketException e)
        {
            await application.DisposeAsync();
            throw new IOException($"Cannot listen on {address}: {e.Message}", e);
        }
        return new GrpcServer(application, options);
    }

    /// <summary>Takes no more calls, waits for those in flight for at most <see cref="GrpcOptions.DrainTimeout"/>, and removes its socket.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(_options.DrainTimeout);
        await _application.StopAsync(limit.Token);
        await _application.DisposeAsync();
    }

    private static async Task RemoveDeadSocketAsync(string path, CancellationToken ct)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory && !Directory.Exists(directory))
            throw new IOException($"There is no directory {directory} for the socket {path}. Make it first, or choose another address.");
        if (!File.Exists(path)) return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A file that is no socket refuses connections as well; what has a length is somebody's data.
            if (new FileInfo(path).Length > 0)
                throw new IOException($"{path} is there and is no socket. Remove it, or choose another address.", e);
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"{path} is there and cannot be used: {e.Message}", e);
        }
        throw new IOException($"Another server listens on {path}. Stop it first, or choose another address.");
    }
}
