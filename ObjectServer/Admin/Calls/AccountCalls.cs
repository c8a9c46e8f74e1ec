using System.Globalization;
using ObjectStore.Client.Admin;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Admin.Calls;

/// <summary>Accounts: made, listed, changed, removed.</summary>
internal sealed class AccountCalls(IdentityService identities, BucketService buckets)
{
    private const int MaxPage = 1000;

    public IEnumerable<AdminCall> All =>
    [
        new("GET", "accounts", AdminAction.ListAccounts, static _ => AdminResources.Account("*"), ListAsync, "after", "limit"),
        new("POST", "accounts", AdminAction.CreateAccount, static _ => AdminResources.Account("*"), CreateAsync) { HasBody = true },
        new("GET", "accounts/*", AdminAction.GetAccount, static path => AdminResources.Account(path[0]), GetAsync),
        new("PATCH", "accounts/*", AdminAction.UpdateAccount, static path => AdminResources.Account(path[0]), UpdateAsync) { HasBody = true, IsReservedOnOwnAccount = true },
        new("DELETE", "accounts/*", AdminAction.DeleteAccount, static path => AdminResources.Account(path[0]), DeleteAsync) { IsReservedOnOwnAccount = true },
    ];

    private ValueTask<AdminAnswer> ListAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryReadLimit(MaxPage, out var limit, out var refused)) return ValueTask.FromResult<AdminAnswer>(refused);
        var after = context.Parameter("after") ?? "";
        var rest = identities.Accounts.List().Where(account => string.CompareOrdinal(account.Id, after) > 0)
            .OrderBy(account => account.Id, StringComparer.Ordinal).Take(limit + 1).ToArray();
        var page = rest.Take(limit).Select(account => ToDocument(account)).ToArray();
        var list = new AccountListDocument(page, rest.Length > limit ? page[^1].Id : null);
        return ValueTask.FromResult(AdminAnswer.Of(list, AdminJson.Default.AccountListDocument));
    }

    private async ValueTask<AdminAnswer> CreateAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.NewAccountDocument, out var wish, out var refused)) return refused;
        var made = await identities.Accounts.CreateAsync(new NewAccount(wish.Name, wish.Email, wish.Id, wish.CanonicalId), ct);
        return made.IsOk ? AdminAnswer.Of(ToDocument(made.Value), AdminJson.Default.AccountDocument, 201) : AdminError.Of(made.Refusal);
    }

    private async ValueTask<AdminAnswer> GetAsync(AdminContext context, CancellationToken ct)
    {
        if (identities.FindAccount(context[0]) is not { } account) return NoSuchAccount(context[0]);
        var owned = await buckets.ListAsync(new ListBucketsRequest { OwnerId = account.CanonicalId, MaxBuckets = int.MaxValue }, ct);
        return AdminAnswer.Of(ToDocument(account) with { Buckets = owned.Buckets.Count }, AdminJson.Default.AccountDocument);
    }

    private async ValueTask<AdminAnswer> UpdateAsync(AdminContext context, CancellationToken ct)
    {
        if (!context.TryRead(AdminJson.Default.AccountChangeDocument, out var change, out var refused)) return refused;
        if (change is { Name: null, Email: null }) return AdminError.Invalid("The document changes nothing: give name, email or both.");
        var changed = await identities.Accounts.UpdateAsync(context[0], change.Name, change.Email, ct);
        return changed.IsOk ? AdminAnswer.Of(ToDocument(changed.Value), AdminJson.Default.AccountDocument) : AdminError.Of(changed.Refusal);
    }

    private async ValueTask<AdminAnswer> DeleteAsync(AdminContext context, CancellationToken ct)
    {
        if (identities.FindAccount(context[0]) is not { } account) return NoSuchAccount(context[0]);
        if (account.IsOperator) return AdminError.Conflict("The operator's account cannot be deleted.");
        var owned = await buckets.ListAsync(new ListBucketsRequest { OwnerId = account.CanonicalId, MaxBuckets = 1 }, ct);
        if (owned.Buckets.Count > 0)
        {
            return AdminError.Conflict(string.Create(CultureInfo.InvariantCulture,
                $"The account {account.Id} still owns buckets, such as \"{owned.Buckets[0].Name}\"."));
        }
        var deleted = await identities.Accounts.DeleteAsync(account.Id, ct);
        return deleted.IsOk ? AdminAnswer.NoContent : AdminError.Of(deleted.Refusal);
    }

    internal static AdminError NoSuchAccount(string id) => AdminError.NotFound($"There is no account \"{id}\".");

    private static AccountDocument ToDocument(Account account) => new()
    {
        Id = account.Id,
        CanonicalId = account.CanonicalId,
        Name = account.Name,
        Email = account.Email,
        Arn = account.RootArn,
        CreatedAt = account.CreatedAt.UtcDateTime,
        IsOperator = account.IsOperator,
    };
}
