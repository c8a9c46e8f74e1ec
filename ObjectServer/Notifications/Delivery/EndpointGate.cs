using System.Net;
using System.Net.Sockets;

namespace ObjectStore.Server.Notifications;

/// <summary>Asks with every connection whether an endpoint of an account's topic may be reached: by the operator's list, and by the address that its name has now.</summary>
/// <param name="resolve">Gives the addresses of a name.</param>
internal sealed class EndpointGate(EndpointList allowed, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Those that may be connected to.</summary>
    /// <exception cref="DeliveryException">There are none.</exception>
    public async ValueTask<IPAddress[]> FindAsync(EventEndpoint endpoint, CancellationToken ct)
    {
        // It may have been on the list when the topic was made.
        if (!allowed.Allows(endpoint.Address)) throw new DeliveryException($"{endpoint} is not on the list of event endpoints.");
        var host = endpoint.Address.IdnHost;
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        IPAddress[] addresses;
        try
        {
            addresses = await _resolve(host, ct);
        }
        catch (SocketException e)
        {
            throw new DeliveryException($"{endpoint}: {e.Message}", e);
        }
        var permitted = Array.FindAll(addresses, address => EndpointAddresses.MayBe(host, address));
        return permitted.Length > 0 ? permitted : throw new DeliveryException($"{endpoint} has no address that event endpoints may have.");
    }

    public async ValueTask<Stream> ConnectAsync(EventEndpoint endpoint, int port, CancellationToken ct)
    {
        var addresses = await FindAsync(endpoint, ct);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
