namespace ObjectStore.Server.S3.Cors;

/// <summary>One rule of a bucket: which pages may do what with it, and what of the answer they may see. Valid, see <see cref="CorsDocument"/>.</summary>
internal sealed record CorsRule
{
    public string? Id { get; init; }

    /// <summary>With at most one '*' each.</summary>
    public required IReadOnlyList<string> AllowedOrigins { get; init; }

    /// <summary>Of GET, PUT, POST, DELETE and HEAD.</summary>
    public required IReadOnlyList<string> AllowedMethods { get; init; }

    /// <summary>Of a preflight's request; with at most one '*' each.</summary>
    public IReadOnlyList<string> AllowedHeaders { get; init; } = [];

    public IReadOnlyList<string> ExposeHeaders { get; init; } = [];

    /// <summary>How long a browser may keep the answer to a preflight; null leaves it to the browser.</summary>
    public int? MaxAgeSeconds { get; init; }

    /// <summary>Whether it lets every page in, so that the answer is the same for all.</summary>
    public bool IsForEveryOrigin => AllowedOrigins.Contains("*");

    /// <param name="origin">Compared exactly, as browsers write origins in one form only.</param>
    public bool Allows(string origin, string method) =>
        AllowedMethods.Contains(method) && AllowedOrigins.Any(pattern => Matches(pattern, origin, StringComparison.Ordinal));

    /// <param name="headers">Those that a preflight asks for.</param>
    public bool AllowsHeaders(IReadOnlyList<string> headers) =>
        headers.All(header => AllowedHeaders.Any(pattern => Matches(pattern, header, StringComparison.OrdinalIgnoreCase)));

    private static bool Matches(string pattern, string text, StringComparison comparison)
    {
        var star = pattern.IndexOf('*');
        return star < 0
            ? text.Equals(pattern, comparison)
            : text.Length >= pattern.Length - 1
                && text.AsSpan().StartsWith(pattern.AsSpan(0, star), comparison)
                && text.AsSpan().EndsWith(pattern.AsSpan(star + 1), comparison);
    }
}

/// <summary>A bucket's rules in their order: the first that fits decides.</summary>
internal sealed record CorsConfiguration(IReadOnlyList<CorsRule> Rules)
{
    /// <param name="method">Of the request, or the one that a preflight asks for.</param>
    /// <param name="headers">Those that a preflight asks for; empty for the request itself.</param>
    /// <returns>Null if no rule fits.</returns>
    public CorsRule? Find(string origin, string method, IReadOnlyList<string> headers)
    {
        foreach (var rule in Rules)
        {
            if (rule.Allows(origin, method) && rule.AllowsHeaders(headers)) return rule;
        }
        return null;
    }
}
