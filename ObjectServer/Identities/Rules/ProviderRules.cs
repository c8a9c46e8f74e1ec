namespace ObjectStore.Server.Identities;

/// <summary>The form of what describes an OpenID Connect provider.</summary>
internal static class ProviderRules
{
    private const int MaxUrlLength = 255;
    private const int MaxClientIdLength = 255;
    private const int ThumbprintLength = 40;

    /// <param name="issuer">The URL without its scheme.</param>
    public static Refusal? Url(string url, bool allowHttp, out string issuer)
    {
        issuer = "";
        if (url.Length is 0 or > MaxUrlLength) return IdentityRules.Invalid(url, "url", $"Member must have length between 1 and {MaxUrlLength}, inclusive");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Query.Length > 0 || parsed.Fragment.Length > 0 || parsed.UserInfo.Length > 0)
            return new Refusal(IdentityFault.InvalidInput, "Invalid Open ID Connect Provider URL");
        if (parsed.Scheme != Uri.UriSchemeHttps && !(allowHttp && parsed.Scheme == Uri.UriSchemeHttp))
            return new Refusal(IdentityFault.InvalidInput, "The URL of an OpenID Connect provider must begin with https://");
        issuer = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        return null;
    }

    public static Refusal? ClientIds(IReadOnlyCollection<string> ids) =>
        ids.FirstOrDefault(id => id.Length is 0 or > MaxClientIdLength) is { } bad
            ? IdentityRules.Invalid(bad, "clientIDList", $"Member must have length between 1 and {MaxClientIdLength}, inclusive")
        : ids.Count > IdentityQuotas.ClientIdsPerProvider ? IdentityQuotas.Exceeded("ClientIdsPerOpenIdConnectProvider", IdentityQuotas.ClientIdsPerProvider)
        : null;

    public static Refusal? Thumbprints(IReadOnlyCollection<string> thumbprints) =>
        thumbprints.FirstOrDefault(text => text.Length != ThumbprintLength) is { } bad
            ? IdentityRules.Invalid(bad, "thumbprintList", $"Member must have length {ThumbprintLength}")
        : thumbprints.Count > IdentityQuotas.ThumbprintsPerProvider
            ? new Refusal(IdentityFault.InvalidInput, "Thumbprint list must contain fewer than 5 entries.")
        : null;
}
