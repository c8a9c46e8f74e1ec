using System.Net;

namespace ObjectStore.Server.Notifications;

/// <summary>
/// Which endpoints accounts may give topics of their own. The server can reach what they cannot, so nothing is allowed unless the operator
/// says so. Names are compared, not what they resolve to: an entry is trust in whoever runs that name, but for the addresses that no name of others has
/// (<see cref="EndpointAddresses"/>).
/// </summary>
internal sealed class EndpointList
{
    public static readonly EndpointList None = new([]);

    private readonly Entry[] _entries;

    private EndpointList(Entry[] entries) => _entries = entries;

    /// <summary>Null and the entry that is none: SCHEME://HOST[:PORT], where the host may begin with "*.", or "*" for everything.</summary>
    public static (EndpointList? List, string? Wrong) Parse(IEnumerable<string> entries)
    {
        var parsed = new List<Entry>();
        foreach (var text in entries)
        {
            if (text == "*")
            {
                parsed.Add(new Entry(null, "", 0, IsSuffix: false));
                continue;
            }
            var isSuffix = text.Contains("://*.", StringComparison.Ordinal);
            if (!Uri.TryCreate(isSuffix ? text.Replace("://*.", "://", StringComparison.Ordinal) : text, UriKind.Absolute, out var address)
                || address.Scheme is not ("http" or "https" or "amqp" or "amqps")
                || address.Host.Length == 0 || address.PathAndQuery.Length > 1 || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
                return (null, text);
            parsed.Add(new Entry(address.Scheme, address.IdnHost, PortOf(address), isSuffix));
        }
        return (new EndpointList([.. parsed]), null);
    }

    public bool Allows(Uri address) => _entries.Any(entry => entry.Fits(address));

    private static int PortOf(Uri address) => (address.IsDefaultPort || address.Port < 0, address.Scheme) switch
    {
        (true, "amqp") => 5672,
        (true, "amqps") => 5671,
        _ => address.Port,
    };

    private sealed record Entry(string? Scheme, string Host, int Port, bool IsSuffix)
    {
        public bool Fits(Uri address)
        {
            if (Scheme is null) return !IPAddress.TryParse(address.IdnHost, out var literal) || !EndpointAddresses.IsForbidden(literal);
            if (Scheme != address.Scheme || Port != PortOf(address)) return false;
            return IsSuffix
                ? address.IdnHost.EndsWith("." + Host, StringComparison.OrdinalIgnoreCase)
                : address.IdnHost.Equals(Host, StringComparison.OrdinalIgnoreCase);
        }
    }
}
