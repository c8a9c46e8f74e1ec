using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace ObjectStore.Server.Configuration;

/// <summary>Where the server listens. An empty host means every address of the machine; port 0 lets the system choose.</summary>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Whether only this machine can connect.</summary>
    public bool IsLoopback =>
        string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>"HOST:PORT", "[IPv6]:PORT" or ":PORT".</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
        {
            return false;
        }
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':')) return false;
        if (host is "*" or "+") host = "";
        if (host.Length > 0 && !IPAddress.TryParse(host, out _) && Uri.CheckHostName(host) != UriHostNameType.Dns) return false;
        address = new ListenAddress(host, port);
        return true;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
