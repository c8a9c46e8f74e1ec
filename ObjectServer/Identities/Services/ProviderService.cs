namespace ObjectStore.Server.Identities;

/// <summary>OpenID Connect providers.</summary>
internal sealed class ProviderService
{
    public IReadOnlyList<OidcProvider> List(string accountId) => throw new NotImplementedException();

    public OidcProvider? FindByArn(string arn) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> CreateAsync(
        string accountId, string url, IReadOnlyList<string> clientIds, IReadOnlyList<string> thumbprints, IReadOnlyList<IdentityTag> tags, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> DeleteAsync(string accountId, string arn, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> SetThumbprintsAsync(string accountId, string arn, IReadOnlyList<string> thumbprints, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> AddClientIdAsync(string accountId, string arn, string clientId, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> RemoveClientIdAsync(string accountId, string arn, string clientId, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> TagAsync(string accountId, string arn, IReadOnlyList<IdentityTag> tags, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<OidcProvider>> UntagAsync(string accountId, string arn, IReadOnlyList<string> keys, CancellationToken ct) => throw new NotImplementedException();
}
