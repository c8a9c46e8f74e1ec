namespace ObjectStore.Server.Http;

/// <summary>
/// Virtual-host style: "bucket.domain" names a bucket, the domain itself and every other name mean path style. Ports
/// and case do not matter. A bucket's name may contain dots.
/// </summary>
internal sealed class VirtualHosts
{
    private readonly string[] _suffixes;

    /// <param name="domains">Host names without port.</param>
    public VirtualHosts(IEnumerable<string> domains) =>
        // The longest first, so that of "s3.example.org" and "example.org" the one that is meant wins.
        _suffixes = domains.Select(domain => "." + domain.ToLowerInvariant()).OrderByDescending(suffix => suffix.Length).ToArray();

    /// <param name="host">The Host header, with or without a port.</param>
    /// <returns>The bucket in lower case, as host names have no case; null for path style.</returns>
    public string? BucketOf(ReadOnlySpan<char> host)
    {
        if (_suffixes.Length == 0 || host.IsEmpty || host[0] == '[') return null;
        var colon = host.IndexOf(':');
        if (colon >= 0) host = host[..colon];
        foreach (var suffix in _suffixes)
        {
            // The domain itself is no bucket of a shorter domain.
            if (host.Equals(suffix.AsSpan(1), StringComparison.OrdinalIgnoreCase)) return null;
            if (host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return host[..^suffix.Length].ToString().ToLowerInvariant();
            }
        }
        return null;
    }
}
