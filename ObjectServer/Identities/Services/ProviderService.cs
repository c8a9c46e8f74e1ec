namespace ObjectStore.Server.Identities;

/// <summary>OpenID Connect providers.</summary>
/// <param name="allowHttp">Whether an issuer may be http://, which anybody on the way can forge: for tests.</param>
internal sealed class ProviderService(IdentityStore store, bool allowHttp, TimeProvider time)
{
    /// <summary>By issuer.</summary>
    public IReadOnlyList<OidcProvider> List(string accountId) => [.. store.State.FindAccount(accountId)?.Providers.Values ?? []];

    public OidcProvider? FindByArn(string arn) => IdentityArn.TryParse(arn, out var parsed) && parsed.Type == IdentityArn.Provider
        ? Find(store.State, parsed.Account, arn)
        : null;

    public ValueTask<IdentityResult<OidcProvider>> CreateAsync(
        string accountId, string url, IReadOnlyList<string> clientIds, IReadOnlyList<string> thumbprints, IReadOnlyList<IdentityTag> tags, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return store.ChangeAsync<OidcProvider>(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within) return Missing.Account(accountId);
            if ((ProviderRules.Url(url, allowHttp, out var issuer) ?? ProviderRules.ClientIds(clientIds) ?? ProviderRules.Thumbprints(thumbprints)) is { } refusal) return refusal;
            var checkedTags = IdentityRules.Tags([], tags);
            if (!checkedTags.IsOk) return checkedTags.Refusal;
            if (within.Providers.ContainsKey(issuer)) return new Refusal(IdentityFault.EntityAlreadyExists, $"Provider with url {url} already exists.");
            if (within.Providers.Count >= IdentityQuotas.ProvidersPerAccount)
                return IdentityQuotas.Exceeded("OpenIdConnectProvidersPerAccount", IdentityQuotas.ProvidersPerAccount);
            var made = new OidcProvider
            {
                AccountId = accountId, Issuer = issuer, Url = url, CreatedAt = now, Tags = checkedTags.Value,
                ClientIds = [.. clientIds.Distinct(StringComparer.Ordinal)], Thumbprints = [.. thumbprints.Distinct(StringComparer.OrdinalIgnoreCase)],
            };
            return edit.Put(made);
        }, ct);
    }

    public ValueTask<IdentityResult<OidcProvider>> DeleteAsync(string accountId, string arn, CancellationToken ct) => store.ChangeAsync<OidcProvider>(edit =>
    {
        if (Find(edit.State, accountId, arn) is not { } provider) return Missing.Provider(arn);
        edit.Remove(provider);
        return provider;
    }, ct);

    public ValueTask<IdentityResult<OidcProvider>> SetThumbprintsAsync(string accountId, string arn, IReadOnlyList<string> thumbprints, CancellationToken ct) =>
        ChangeAsync(accountId, arn, provider => ProviderRules.Thumbprints(thumbprints) is { } refusal ? refusal
            : provider with { Thumbprints = [.. thumbprints.Distinct(StringComparer.OrdinalIgnoreCase)] }, ct);

    /// <summary>Succeeds also where it is there already.</summary>
    public ValueTask<IdentityResult<OidcProvider>> AddClientIdAsync(string accountId, string arn, string clientId, CancellationToken ct) =>
        ChangeAsync(accountId, arn, provider =>
        {
            if (provider.ClientIds.Contains(clientId)) return provider;
            var changed = provider with { ClientIds = provider.ClientIds.Add(clientId) };
            return ProviderRules.ClientIds(changed.ClientIds) is { } refusal ? refusal : changed;
        }, ct);

    /// <summary>Succeeds also where it is not there.</summary>
    public ValueTask<IdentityResult<OidcProvider>> RemoveClientIdAsync(string accountId, string arn, string clientId, CancellationToken ct) =>
        ChangeAsync(accountId, arn, provider => provider with { ClientIds = provider.ClientIds.Remove(clientId) }, ct);

    public ValueTask<IdentityResult<OidcProvider>> TagAsync(string accountId, string arn, IReadOnlyList<IdentityTag> tags, CancellationToken ct) =>
        ChangeAsync(accountId, arn, provider =>
        {
            var merged = IdentityRules.Tags(provider.Tags, tags);
            return merged.IsOk ? provider with { Tags = merged.Value } : merged.Refusal;
        }, ct);

    public ValueTask<IdentityResult<OidcProvider>> UntagAsync(string accountId, string arn, IReadOnlyList<string> keys, CancellationToken ct) =>
        ChangeAsync(accountId, arn, provider => provider with { Tags = provider.Tags.RemoveAll(tag => keys.Any(key => IdentityRules.Same(key, tag.Key))) }, ct);

    private static OidcProvider? Find(IdentityState state, string accountId, string arn) =>
        IdentityArn.TryParse(arn, out var parsed) && parsed.Type == IdentityArn.Provider && parsed.Account == accountId
            && state.FindAccount(accountId)?.Providers.GetValueOrDefault(parsed.Name) is { } provider && provider.Arn == arn
            ? provider
            : null;

    private ValueTask<IdentityResult<OidcProvider>> ChangeAsync(
        string accountId, string arn, Func<OidcProvider, IdentityResult<OidcProvider>> change, CancellationToken ct) => store.ChangeAsync(edit =>
    {
        if (Find(edit.State, accountId, arn) is not { } provider) return Missing.Provider(arn);
        var changed = change(provider);
        if (changed.IsOk) edit.Put(changed.Value);
        return changed;
    }, ct);
}
