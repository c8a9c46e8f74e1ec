using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Identities;

/// <summary>An account to be made.</summary>
/// <param name="Name">1 to 128 printable characters, unique without regard to case.</param>
/// <param name="Email">Unique without regard to case.</param>
/// <param name="Id">Twelve digits that nobody has; null for a random one.</param>
/// <param name="CanonicalId">64 hex digits that nobody has, or the account's own id; null for random ones.</param>
internal sealed record NewAccount(string Name, string? Email = null, string? Id = null, string? CanonicalId = null);

/// <summary>An access key that is brought along rather than made at random.</summary>
/// <param name="Id">3 to 128 letters, digits, '_', '-' and '.', that nobody has.</param>
/// <param name="Secret">8 to 128 printable characters.</param>
internal sealed record GivenKey(string Id, string Secret)
{
    public override string ToString() => Id;
}

/// <summary>Accounts, the keys of their roots, and the documents that other parts keep with them.</summary>
internal sealed class AccountService(IdentityStore store, IdentityIds ids, AccessKeys keys, TimeProvider time)
{
    /// <summary>By id.</summary>
    public IReadOnlyList<Account> List() => [.. store.State.Accounts.Values.Select(within => within.Account).OrderBy(account => account.Id, StringComparer.Ordinal)];

    public ValueTask<IdentityResult<Account>> CreateAsync(NewAccount account, CancellationToken ct)
    {
        var made = new Account
        {
            Id = account.Id ?? ids.AccountId(),
            CanonicalId = account.CanonicalId ?? ids.CanonicalId(),
            Name = account.Name,
            Email = string.IsNullOrEmpty(account.Email) ? null : account.Email,
            CreatedAt = time.GetUtcNow(),
        };
        return store.ChangeAsync<Account>(edit =>
        {
            if (Check(made) is { } refusal) return refusal;
            var state = edit.State;
            if (state.Accounts.ContainsKey(made.Id)) return Missing.Exists("Account", made.Id);
            if (state.AccountIdsByCanonicalId.ContainsKey(made.CanonicalId)) return Missing.Exists("Account", made.CanonicalId);
            if (Taken(state, made) is { } taken) return taken;
            if (state.Accounts.Count >= IdentityQuotas.Accounts) return IdentityQuotas.Exceeded("Accounts", IdentityQuotas.Accounts);
            edit.Put(made);
            return made;
        }, ct);
    }

    /// <summary>Changes name and e-mail; null keeps what is there, "" removes an e-mail.</summary>
    public ValueTask<IdentityResult<Account>> UpdateAsync(string accountId, string? name, string? email, CancellationToken ct) => store.ChangeAsync<Account>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Account is not { } account) return Missing.Account(accountId);
        var changed = account with { Name = name ?? account.Name, Email = email is null ? account.Email : email.Length == 0 ? null : email };
        if (Check(changed) is { } refusal) return refusal;
        if (Taken(edit.State, changed) is { } taken) return taken;
        edit.Put(changed);
        return changed;
    }, ct);

    /// <summary>
    /// Refuses with <see cref="IdentityFault.DeleteConflict"/> while users, groups, roles, policies or providers are in it. Whether it owns
    /// buckets is for the caller to look at first.
    /// </summary>
    public ValueTask<IdentityResult<Account>> DeleteAsync(string accountId, CancellationToken ct) => store.ChangeAsync<Account>(edit =>
    {
        if (edit.State.FindAccount(accountId) is not { } within) return Missing.Account(accountId);
        if (within.Account.IsOperator) return new Refusal(IdentityFault.UnmodifiableEntity, "The operator's account cannot be deleted.");
        if (!within.IsEmpty) return Missing.Conflict("delete users, groups, roles, policies and providers");
        edit.Remove(within.Account);
        return within.Account;
    }, ct);

    /// <summary>Makes a key of the account's root; at most two.</summary>
    public ValueTask<IdentityResult<AccessKey>> CreateKeyAsync(string accountId, GivenKey? given, CancellationToken ct)
    {
        var key = keys.New(given);
        return store.ChangeAsync<AccessKey>(edit =>
        {
            if (edit.State.FindAccount(accountId)?.Account is not { } account) return Missing.Account(accountId);
            if (keys.Check(edit.State, account.RootKeys, key, given) is { } refusal) return refusal;
            edit.Put(account with { RootKeys = account.RootKeys.Add(key) });
            return key;
        }, ct);
    }

    public ValueTask<IdentityResult<AccessKey>> SetKeyActiveAsync(string accountId, string keyId, bool isActive, CancellationToken ct) => store.ChangeAsync<AccessKey>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Account is not { } account) return Missing.Account(accountId);
        if (account.RootKeys.FirstOrDefault(known => known.Id == keyId) is not { } key) return Missing.Key(keyId);
        var changed = key with { IsActive = isActive };
        edit.Put(account with { RootKeys = account.RootKeys.Replace(key, changed) });
        return changed;
    }, ct);

    public ValueTask<IdentityResult<AccessKey>> DeleteKeyAsync(string accountId, string keyId, CancellationToken ct) => store.ChangeAsync<AccessKey>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Account is not { } account) return Missing.Account(accountId);
        if (account.RootKeys.FirstOrDefault(known => known.Id == keyId) is not { } key) return Missing.Key(keyId);
        edit.Put(account with { RootKeys = account.RootKeys.Remove(key) });
        return key;
    }, ct);

    /// <param name="kind">1 to 64 letters, digits and '-'; at most 16 kinds.</param>
    /// <param name="document">At most 16 KiB.</param>
    public ValueTask<IdentityResult<Account>> PutDocumentAsync(string accountId, string kind, ReadOnlyMemory<byte> document, CancellationToken ct) =>
        store.ChangeAsync<Account>(edit =>
        {
            if (edit.State.FindAccount(accountId)?.Account is not { } account) return Missing.Account(accountId);
            if (IdentityRules.DocumentKind(kind) is { } refusal) return refusal;
            if (document.Length > IdentityQuotas.DocumentBytes) return IdentityQuotas.Exceeded("DocumentBytes", IdentityQuotas.DocumentBytes);
            if (!account.Documents.ContainsKey(kind) && account.Documents.Count >= IdentityQuotas.DocumentsPerAccount)
                return IdentityQuotas.Exceeded("DocumentsPerAccount", IdentityQuotas.DocumentsPerAccount);
            edit.PutDocument(accountId, kind, document);
            return edit.State.Accounts[accountId].Account;
        }, ct);

    /// <summary>Succeeds also where there is none.</summary>
    public ValueTask<IdentityResult<Account>> DeleteDocumentAsync(string accountId, string kind, CancellationToken ct) => store.ChangeAsync<Account>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Account is not { } account) return Missing.Account(accountId);
        if (account.Documents.ContainsKey(kind)) edit.RemoveDocument(accountId, kind);
        return edit.State.Accounts[accountId].Account;
    }, ct);

    private static Refusal? Check(Account account) =>
        IdentityRules.AccountId(account.Id) ?? IdentityRules.CanonicalId(account.CanonicalId, account.Id) ?? IdentityRules.AccountName(account.Name)
        ?? (account.Email is null ? null : IdentityRules.Email(account.Email));

    private static Refusal? Taken(IdentityState state, Account account) =>
        state.AccountIdsByName.TryGetValue(account.Name, out var named) && named != account.Id ? Missing.Exists("Account", account.Name)
        : account.Email is not null && state.AccountIdsByEmail.TryGetValue(account.Email, out var mailed) && mailed != account.Id
            ? new Refusal(IdentityFault.EntityAlreadyExists, $"Account with e-mail {account.Email} already exists.")
        : null;
}
