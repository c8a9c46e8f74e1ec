namespace ObjectStore.Client.Iam;

/// <summary>OpenID Connect providers.</summary>
public sealed partial class IamClient
{
    public async Task<IReadOnlyList<string>> ListProvidersAsync(CancellationToken ct) =>
        [.. (await CallAsync("ListOpenIDConnectProviders", ct)).Child("OpenIDConnectProviderList")?.Elements().Select(provider => provider.Required("Arn")) ?? []];

    /// <summary>Null if there is none.</summary>
    public async Task<OpenIdProvider?> FindProviderAsync(string arn, CancellationToken ct)
    {
        if (await FindAsync("GetOpenIDConnectProvider", ct, ("OpenIDConnectProviderArn", arn)) is not { } found) return null;
        return new OpenIdProvider(arn, found.Required("Url"), Values("ClientIDList"), Values("ThumbprintList"));

        IReadOnlyList<string> Values(string list) => [.. found.Child(list)?.Elements().Select(member => member.Value) ?? []];
    }

    /// <param name="url">Of the issuer, with https://.</param>
    /// <returns>Its ARN.</returns>
    public async Task<string> CreateProviderAsync(string url, IReadOnlyList<string> clientIds, IReadOnlyList<string> thumbprints, CancellationToken ct) =>
        (await CallAsync("CreateOpenIDConnectProvider", ct,
            [("Url", url), .. ListParameters("ClientIDList", clientIds), .. ListParameters("ThumbprintList", thumbprints)])).Required("OpenIDConnectProviderArn");

    public Task AddClientIdAsync(string arn, string clientId, CancellationToken ct) =>
        CallAsync("AddClientIDToOpenIDConnectProvider", ct, ("OpenIDConnectProviderArn", arn), ("ClientID", clientId));

    /// <returns>False if there was none.</returns>
    public Task<bool> DeleteProviderAsync(string arn, CancellationToken ct) => RemoveAsync("DeleteOpenIDConnectProvider", ct, ("OpenIDConnectProviderArn", arn));
}
