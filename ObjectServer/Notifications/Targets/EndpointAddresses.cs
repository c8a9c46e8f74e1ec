using System.Net;
using System.Net.Sockets;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Which addresses the endpoint of an account's topic may have. What a name resolves to is its owner's choice, and another one each time (DNS rebinding), so it
/// is judged when a connection is made, and that address is connected to.
/// </summary>
internal static class EndpointAddresses
{
    /// <summary>64:ff9b::/96, behind which a NAT64 reaches any IPv4 address. Source: RFC 6052.</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>
    /// Where a machine learns who it is, or who serves it, and "this network" and multicast: link-local (RFC 3927, RFC 4291), with the metadata of all clouds
    /// at 169.254.169.254, and those of AWS over IPv6, of Alibaba and of Azure elsewhere.
    /// </summary>
    private static readonly IPNetwork[] Forbidden =
    [
        .. new[] { "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "168.63.129.16/32", "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128" }
            .Select(text => IPNetwork.Parse(text)),
    ];

    /// <summary>Nothing that accounts have a topic for is there, unless the operator names the very address.</summary>
    public static bool IsForbidden(IPAddress address)
    {
        var plain = Plain(address);
        return Array.Exists(Forbidden, network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain));
    }

    /// <summary>Whether a connection to this name may go to this address. Only "localhost" may be the machine itself: other names are others'.</summary>
    public static bool MayBe(string name, IPAddress address) =>
        !IsForbidden(address) && (!IPAddress.IsLoopback(Plain(address)) || name is "localhost" || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase));

    /// <summary>The IPv4 address that one of IPv6 stands for.</summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 && Nat64.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12)) : address;
    }
}
