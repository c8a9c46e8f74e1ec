using ObjectStore.Client.Admin;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Access keys of the roots of accounts, at most two each. The configured key of the operator's root is not among them.</summary>
internal sealed class RootKeyCalls(IdentityService identities)
{
    private const string Keys = "accounts/*/keys";
    private const string Key = "accounts/*/keys/*";

    public IEnumerable<AdminCall> All =>
    [
        new("GET", Keys, AdminAction.ListRootKeys, AccountOf, ListAsync),
        new("POST", Keys, AdminAction.CreateRootKey, AccountOf, CreateAsync) { HasBody = true, IsReservedOnOwnAccount = true },
        new("PATCH", Key, AdminAction.UpdateRootKey, AccountOf, UpdateAsync) { HasBody = true, IsReservedOnOwnAccount = true },
        new("DELETE", Key, AdminAction.DeleteRootKey, AccountOf, DeleteAsync) { IsReservedOnOwnAccount = true },
    ];

    private static string AccountOf(IReadOnlyList<string> path) => AdminResources.Account(path[0]);

    private ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct)
    {
        AdminAnswer answer = identities.FindAccount(context[0]) is { } account
            ? AdminAnswer.Of(new RootKeyListDocument([.. account.RootKeys.Select(ToDocument)]), AdminJson.Default.RootKeyListDocument)
            : AccountCalls.NoSuchAccount(context[0]);
        return ValueTask.FromResult(answer);
    }

    private async ValueTask<AdminAnswer> CreateAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewRootKeyDocument, out var wish, out var refused)) return refused;
        if (wish.AccessKeyId is null != wish.SecretAccessKey is null) return AdminError.Invalid("accessKeyId and secretAccessKey go together.");
        var given = wish.AccessKeyId is null ? null : new GivenKey(wish.AccessKeyId, wish.SecretAccessKey!);
        var made = await identities.Accounts.CreateKeyAsync(context[0], given, ct);
        if (!made.IsOk) return AdminError.Of(made.Refusal);
        // The only time that the secret is told.
        var document = ToDocument(made.Value) with { SecretAccessKey = made.Value.Secret.Reveal() };
        return AdminAnswer.Of(document, AdminJson.Default.RootKeyDocument, 201);
    }

    private async ValueTask<AdminAnswer> UpdateAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.RootKeyChangeDocument, out var change, out var refused)) return refused;
        var changed = await identities.Accounts.SetKeyActiveAsync(context[0], context[1], change.IsActive, ct);
        return changed.IsOk ? AdminAnswer.Of(ToDocument(changed.Value), AdminJson.Default.RootKeyDocument) : AdminError.Of(changed.Refusal);
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        var deleted = await identities.Accounts.DeleteKeyAsync(context[0], context[1], ct);
        return deleted.IsOk ? AdminAnswer.NoContent : AdminError.Of(deleted.Refusal);
    }

    private static RootKeyDocument ToDocument(AccessKey key) => new()
    {
        AccessKeyId = key.Id,
        IsActive = key.IsActive,
        CreatedAt = key.CreatedAt.UtcDateTime,
    };
}
