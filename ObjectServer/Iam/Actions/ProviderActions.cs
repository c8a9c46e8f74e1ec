namespace ObjectStore.Server.Iam;

/// <summary>Calls about OpenID Connect providers.</summary>
internal static class ProviderActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        new("CreateOpenIDConnectProvider", Resources.NewProvider, async (call, ct) =>
        {
            var request = call.Request;
            var made = await call.Identities.Providers.CreateAsync(
                call.AccountId, request.Required("Url"), request.List("ClientIDList"), request.List("ThumbprintList"), request.Tags(), ct);
            return Answer.Of(made, (writer, provider) => writer.Element("OpenIDConnectProviderArn", provider.Arn).Tags(provider.Tags));
        }),
        QueryAction.Now("GetOpenIDConnectProvider", Resources.Provider, call => Find(call) is { } provider
            ? Answer.Of(writer => writer.Element("Url", provider.Url)
                .List("ClientIDList", provider.ClientIds).List("ThumbprintList", provider.Thumbprints)
                .Element("CreateDate", provider.CreatedAt).Tags(provider.Tags))
            : NotFound(call)),
        QueryAction.Now("ListOpenIDConnectProviders", Resources.Any, call => Answer.Of(writer =>
            writer.List("OpenIDConnectProviderList", call.Identities.Providers.List(call.AccountId), provider => writer.Element("Arn", provider.Arn)))),
        new("DeleteOpenIDConnectProvider", Resources.Provider, async (call, ct) => Answer.Of(
            await call.Identities.Providers.DeleteAsync(call.AccountId, ArnOf(call), ct))),
        new("UpdateOpenIDConnectProviderThumbprint", Resources.Provider, async (call, ct) => Answer.Of(
            await call.Identities.Providers.SetThumbprintsAsync(call.AccountId, ArnOf(call), call.Request.List("ThumbprintList"), ct))),
        new("AddClientIDToOpenIDConnectProvider", Resources.Provider, async (call, ct) => Answer.Of(
            await call.Identities.Providers.AddClientIdAsync(call.AccountId, ArnOf(call), call.Request.Required("ClientID"), ct))),
        new("RemoveClientIDFromOpenIDConnectProvider", Resources.Provider, async (call, ct) => Answer.Of(
            await call.Identities.Providers.RemoveClientIdAsync(call.AccountId, ArnOf(call), call.Request.Required("ClientID"), ct))),
        new("TagOpenIDConnectProvider", Resources.Provider, async (call, ct) => Answer.Of(
            await call.Identities.Providers.TagAsync(call.AccountId, ArnOf(call), call.Request.Tags(), ct))),
        new("UntagOpenIDConnectProvider", Resources.Provider, async (call, ct) => Answer.Of(
            await call.Identities.Providers.UntagAsync(call.AccountId, ArnOf(call), call.Request.List("TagKeys"), ct))),
        QueryAction.Now("ListOpenIDConnectProviderTags", Resources.Provider, call => Find(call) is { } provider ? TagLists.Of(call.Request, provider.Tags) : NotFound(call)),
    ];

    private static string ArnOf(QueryCall call) => call.Request.Required("OpenIDConnectProviderArn");

    private static OidcProvider? Find(QueryCall call) =>
        call.Identities.Providers.FindByArn(ArnOf(call)) is { } provider && provider.AccountId == call.AccountId ? provider : null;

    private static Answer NotFound(QueryCall call) => Missing.Provider(ArnOf(call));
}
