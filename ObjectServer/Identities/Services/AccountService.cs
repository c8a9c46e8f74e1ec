namespace ObjectStore.Server.Identities;

/// <summary>An account to be made.</summary>
/// <param name="Name">1 to 128 printable characters, unique.</param>
/// <param name="Id">Twelve digits that nobody has; null for a random one.</param>
/// <param name="CanonicalId">64 hex digits that nobody has; null for random ones.</param>
internal sealed record NewAccount(string Name, string? Email = null, string? Id = null, string? CanonicalId = null);

/// <summary>An access key that is brought along rather than made at random.</summary>
/// <param name="Id">16 to 128 letters, digits and '_', that nobody has.</param>
/// <param name="Secret">8 to 128 printable characters.</param>
internal sealed record GivenKey(string Id, string Secret);

/// <summary>Accounts, the keys of their roots, and the documents that other parts keep with them.</summary>
internal sealed class AccountService
{
    public IReadOnlyList<Account> List() => throw new NotImplementedException();

    public ValueTask<IdentityResult<Account>> CreateAsync(NewAccount account, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Changes name and e-mail; null keeps what is there, "" removes an e-mail.</summary>
    public ValueTask<IdentityResult<Account>> UpdateAsync(string accountId, string? name, string? email, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Refuses with <see cref="IdentityFault.DeleteConflict"/> while users, groups, roles, policies or providers are in it. Whether it owns buckets is for the caller to look at first.</summary>
    public ValueTask<IdentityResult<Account>> DeleteAsync(string accountId, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Makes a key of the account's root; at most two.</summary>
    public ValueTask<IdentityResult<AccessKey>> CreateKeyAsync(string accountId, GivenKey? given, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<AccessKey>> SetKeyActiveAsync(string accountId, string keyId, bool isActive, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<AccessKey>> DeleteKeyAsync(string accountId, string keyId, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="kind">1 to 64 letters, digits and '-'; at most 16 kinds.</param>
    /// <param name="document">At most 16 KiB.</param>
    public ValueTask<IdentityResult<Account>> PutDocumentAsync(string accountId, string kind, ReadOnlyMemory<byte> document, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Succeeds also where there is none.</summary>
    public ValueTask<IdentityResult<Account>> DeleteDocumentAsync(string accountId, string kind, CancellationToken ct) => throw new NotImplementedException();
}
