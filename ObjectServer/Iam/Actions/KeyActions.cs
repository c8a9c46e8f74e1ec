namespace ObjectStore.Server.Iam;

/// <summary>Calls about access keys: of a user, or of the root that asks without naming one.</summary>
internal static class KeyActions
{
    public static readonly IReadOnlyList<QueryAction> All =
    [
        new("CreateAccessKey", Resources.User, async (call, ct) =>
        {
            var made = call.IsAboutRoot
                ? await call.Identities.Accounts.CreateKeyAsync(call.AccountId, null, ct)
                : await call.Identities.Users.CreateKeyAsync(call.AccountId, call.UserName, null, ct);
            return Answer.Of(made, (writer, key) =>
            {
                writer.Open("AccessKey").Element("UserName", NameOf(call)).Element("AccessKeyId", key.Id).Element("Status", StatusOf(key, call.Time));
                writer.Element("SecretAccessKey", key.Secret.Reveal()).Element("CreateDate", key.CreatedAt).Close();
            });
        }),
        QueryAction.Now("ListAccessKeys", Resources.User, List),
        new("UpdateAccessKey", Resources.User, UpdateAsync),
        new("DeleteAccessKey", Resources.User, async (call, ct) =>
        {
            var id = call.Request.Required("AccessKeyId");
            return Answer.Of(call.IsAboutRoot
                ? await call.Identities.Accounts.DeleteKeyAsync(call.AccountId, id, ct)
                : await call.Identities.Users.DeleteKeyAsync(call.AccountId, call.UserName, id, ct));
        }),
        QueryAction.Now("GetAccessKeyLastUsed", OwnerOf, LastUsed),
    ];

    private static Answer List(QueryCall call)
    {
        IReadOnlyList<AccessKey> keys;
        if (call.IsAboutRoot) keys = [.. call.Identities.FindAccount(call.AccountId)?.RootKeys ?? []];
        else if (call.Identities.Users.Find(call.AccountId, call.UserName) is { } user) keys = user.Keys;
        else return Missing.User(call.UserName);
        var page = Paging.Of(call.Request, keys.OrderBy(key => key.Id, StringComparer.Ordinal), key => key.Id, StringComparer.Ordinal);
        var name = NameOf(call);
        return Answer.Of(writer =>
        {
            writer.List("AccessKeyMetadata", page.Items, key =>
            {
                writer.Element("UserName", name).Element("AccessKeyId", key.Id).Element("Status", StatusOf(key, call.Time)).Element("CreateDate", key.CreatedAt);
                // IAM's keys do not expire; it calls this so in the lists of other credentials. Clients pass over what they do not know.
                if (key.ExpiresAt is { } expiry) writer.Element("ExpirationDate", expiry);
            });
            page.WriteTail(writer);
        });
    }

    private static async ValueTask<Answer> UpdateAsync(QueryCall call, CancellationToken ct)
    {
        var id = call.Request.Required("AccessKeyId");
        bool? active = call.Request.Required("Status") switch
        {
            "Active" => true,
            "Inactive" => false,
            _ => null,
        };
        if (active is not { } isActive)
            return IdentityRules.Invalid(call.Request.Required("Status"), "status", "Member must satisfy enum value set: [Active, Inactive]");
        return Answer.Of(call.IsAboutRoot
            ? await call.Identities.Accounts.SetKeyActiveAsync(call.AccountId, id, isActive, ct)
            : await call.Identities.Users.SetKeyActiveAsync(call.AccountId, call.UserName, id, isActive, ct));
    }

    private static string OwnerOf(QueryCall call) => call.Identities.Users.FindByKey(call.Request.Required("AccessKeyId"))?.Arn ?? $"arn:aws:iam::{call.ArnAccount}:user/*";

    private static Answer LastUsed(QueryCall call)
    {
        var id = call.Request.Required("AccessKeyId");
        var owner = call.Identities.Users.FindByKey(id);
        var isRoots = call.Identities.FindAccount(call.AccountId)?.RootKeys.Any(key => key.Id == id) == true;
        if ((owner is null || owner.AccountId != call.AccountId) && !isRoots) return Missing.Key(id);
        var use = call.Identities.LastUseOf(id);
        return Answer.Of(writer =>
        {
            writer.Element("UserName", owner?.Name).Open("AccessKeyLastUsed");
            if (use is not null) writer.Element("LastUsedDate", use.At);
            writer.Element("ServiceName", use?.Service ?? "N/A").Element("Region", use?.Region ?? "N/A").Close();
        });
    }

    private static string NameOf(QueryCall call) => call.IsAboutRoot
        ? call.Principal.AccountName
        : call.Identities.Users.Find(call.AccountId, call.UserName)?.Name ?? call.UserName;

    // The three values that IAM's model has.
    private static string StatusOf(AccessKey key, DateTimeOffset now) => key.IsExpired(now) ? "Expired" : key.IsActive ? "Active" : "Inactive";
}
