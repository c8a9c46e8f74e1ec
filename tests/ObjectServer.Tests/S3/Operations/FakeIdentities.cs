using System.Diagnostics.CodeAnalysis;
using ObjectStore.Server.Identities;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Tests.S3.Operations;

/// <summary>The accounts, policies and documents that a test gives.</summary>
internal sealed class FakeIdentities : IIdentities
{
    private readonly List<Account> _accounts = [];
    private readonly Dictionary<string, PrincipalPolicies> _policies = new(StringComparer.Ordinal);
    private readonly Dictionary<(string AccountId, string Kind), ReadOnlyMemory<byte>> _documents = [];

    public FakeIdentities Add(string accountId, string canonicalId, string name, string? email = null)
    {
        _accounts.Add(new Account { Id = accountId, CanonicalId = canonicalId, Name = name, Email = email, CreatedAt = DateTimeOffset.UnixEpoch });
        return this;
    }

    public void SetPolicies(string principalArn, PrincipalPolicies policies) => _policies[principalArn] = policies;

    public void SetDocument(string accountId, string kind, ReadOnlyMemory<byte> document) => _documents[(accountId, kind)] = document;

    public Account? FindAccount(string accountId) => _accounts.Find(account => account.Id == accountId);

    public Account? FindAccountByCanonicalId(string canonicalId) => _accounts.Find(account => account.CanonicalId == canonicalId);

    public Account? FindAccountByEmail(string email) => _accounts.Find(account => string.Equals(account.Email, email, StringComparison.OrdinalIgnoreCase));

    public bool Exists(string principalArn) => _policies.ContainsKey(principalArn) || _accounts.Exists(account => account.Id == principalArn || account.RootArn == principalArn);

    public PrincipalPolicies PoliciesOf(Principal principal) => _policies.GetValueOrDefault(principal.Arn, PrincipalPolicies.None);

    public bool TryGetDocument(string accountId, string kind, [NotNullWhen(true)] out ReadOnlyMemory<byte>? document)
    {
        document = _documents.TryGetValue((accountId, kind), out var found) ? found : null;
        return document is not null;
    }

    public ValueTask<IdentityResult<Account>> PutDocumentAsync(string accountId, string kind, ReadOnlyMemory<byte> document, CancellationToken ct)
    {
        SetDocument(accountId, kind, document);
        return ValueTask.FromResult<IdentityResult<Account>>(FindAccount(accountId)!);
    }

    public ValueTask<IdentityResult<Account>> DeleteDocumentAsync(string accountId, string kind, CancellationToken ct)
    {
        _documents.Remove((accountId, kind));
        return ValueTask.FromResult<IdentityResult<Account>>(FindAccount(accountId)!);
    }
}
