using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Accounts and those within them: answers about them from memory, and the services that change them. A change is one transaction of
/// the metadata; when it returns, every answer follows it. There is one for a store.
/// </summary>
internal sealed class IdentityService : IIdentities, ICredentialStore
{
    private readonly RootCredentialStore _root;

    private IdentityService(RootCredentialStore root) => _root = root;

    public AccountService Accounts { get; } = new();

    public UserService Users { get; } = new();

    public GroupService Groups { get; } = new();

    public RoleService Roles { get; } = new();

    public PolicyService Policies { get; } = new();

    public AttachmentService Attachments { get; } = new();

    public ProviderService Providers { get; } = new();

    /// <param name="rootUser">Access key of the configured root credential, and the name of the operator's account.</param>
    /// <param name="random">For keys and ids.</param>
    public static ValueTask<IdentityService> OpenAsync(
        IKeyValueStore store, string rootUser, Secret rootPassword, TimeProvider time, RandomNumberGenerator random, CancellationToken ct) =>
        ValueTask.FromResult(new IdentityService(new RootCredentialStore(rootUser, rootPassword.Reveal())));

    public CredentialLookup Find(ReadOnlySpan<char> accessKey, string? sessionToken) => _root.Find(accessKey, sessionToken);

    public Account? FindAccount(string accountId) => throw new NotImplementedException();

    public Account? FindAccountByCanonicalId(string canonicalId) => throw new NotImplementedException();

    public Account? FindAccountByEmail(string email) => throw new NotImplementedException();

    public bool Exists(string principalArn) => throw new NotImplementedException();

    public PrincipalPolicies PoliciesOf(Principal principal) => PrincipalPolicies.None;

    public bool TryGetDocument(string accountId, string kind, [NotNullWhen(true)] out ReadOnlyMemory<byte>? document)
    {
        document = null;
        return false;
    }
}
