namespace ObjectStore.Server.Iam;

/// <summary>Who a verified token is about.</summary>
/// <param name="Audience">What was compared with the provider's client ids.</param>
/// <param name="Claims">As trust policies name them: ISSUER:sub, ISSUER:aud and so on; a claim of several values comes several times.</param>
internal sealed record WebIdentity(OidcProvider Provider, string Subject, string Audience, IReadOnlyList<IdentityTag> Claims)
{
    /// <summary>Session tags, which the provider has put into the token.</summary>
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];

    public IReadOnlyList<string> TransitiveTagKeys { get; init; } = [];
}

/// <summary>Either an identity or why the token is refused.</summary>
internal readonly record struct WebIdentityResult(WebIdentity? Identity, QueryError? Error)
{
    public static implicit operator WebIdentityResult(WebIdentity identity) => new(identity, null);

    public static implicit operator WebIdentityResult(QueryError error) => new(null, error);
}
