using System.Text;
using System.Text.RegularExpressions;

namespace ObjectStore.Cosi.Rpc;

/// <summary>The specification's bounds on what requests hold. What breaks them is INVALID_ARGUMENT, which names the field.</summary>
internal static partial class RequestChecks
{
    /// <summary>Of names: a DNS subdomain (RFC 1123).</summary>
    public const int MaxNameLength = 253;

    public const int MaxIdLength = 2048;

    /// <summary>Keys and values of a map together.</summary>
    public const int MaxMapBytes = 4096;

    /// <exception cref="Grpc.GrpcException">It is none.</exception>
    public static string Name(string field, string value) =>
        value.Length == 0 ? throw Statuses.Invalid($"{field} is missing.")
        : value.Length > MaxNameLength || !Subdomains().IsMatch(value) ? throw Statuses.Invalid($"{field} must be a DNS subdomain (a-z, 0-9, '-', '.') of at most {MaxNameLength} characters.")
        : value;

    /// <inheritdoc cref="Name"/>
    public static string Id(string field, string value) =>
        value.Length == 0 ? throw Statuses.Invalid($"{field} is missing.")
        : value.Length > MaxIdLength || !Ids().IsMatch(value) ? throw Statuses.Invalid($"{field} must be letters, digits and any of '/._-', at most {MaxIdLength} characters.")
        : value;

    /// <inheritdoc cref="Name"/>
    public static IReadOnlyDictionary<string, string> Map(string field, IDictionary<string, string> map)
    {
        var bytes = 0L;
        foreach (var (key, value) in map) bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        return bytes <= MaxMapBytes ? map.AsReadOnly() : throw Statuses.Invalid($"{field} has {bytes} bytes of keys and values; at most {MaxMapBytes} are taken.");
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomains();

    [GeneratedRegex(@"^[a-zA-Z0-9/._-]+\z")]
    private static partial Regex Ids();
}
