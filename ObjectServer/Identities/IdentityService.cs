using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Accounts and those within them: answers about them from memory, and the services that change them. A change is one transaction of
/// the metadata; when it returns, every answer follows it. There is one for a store.
/// </summary>
internal sealed class IdentityService : IIdentities, ICredentialStore
{
    private readonly IdentityStore _store;
    private readonly PolicyCompiler _compiler = new();
    private readonly KeyUses _uses;
    private readonly TimeProvider _time;
    private readonly string _rootUser;
    private readonly string _rootSecret;
    private readonly Func<string, Credential?> _findKey;
    private (Account Account, Credential Credential)? _root;

    private IdentityService(IdentityStore store, SessionTokens tokens, IdentityIds ids, string rootUser, Secret rootPassword, bool allowHttpIssuers, bool loosePolicies, TimeProvider time)
    {
        _store = store;
        _time = time;
        _uses = new KeyUses(time);
        _rootUser = rootUser;
        _rootSecret = rootPassword.Reveal();
        _findKey = key => FindKey(key);
        var keys = new AccessKeys(ids, rootUser, time);
        Accounts = new AccountService(store, ids, keys, time);
        Users = new UserService(store, ids, keys, time);
        LabelledKeys = new LabelledKeyService(store, keys, time);
        Groups = new GroupService(store, ids, time);
        Roles = new RoleService(store, ids, time);
        Policies = new PolicyService(store, ids, loosePolicies, time);
        Attachments = new AttachmentService(store, loosePolicies);
        Providers = new ProviderService(store, allowHttpIssuers, time);
        Sessions = new SessionService(tokens, store, ids, _compiler, time);
    }

    public AccountService Accounts { get; }

    public UserService Users { get; }

    public LabelledKeyService LabelledKeys { get; }

    public GroupService Groups { get; }

    public RoleService Roles { get; }

    public PolicyService Policies { get; }

    public AttachmentService Attachments { get; }

    public ProviderService Providers { get; }

    public SessionService Sessions { get; }

    /// <param name="rootUser">Access key of the configured root credential, and at first the name of the operator's account.</param>
    /// <param name="random">For keys and ids.</param>
    /// <param name="allowHttpIssuers">Whether OpenID Connect providers may be http://.</param>
    /// <param name="operatorArnsWithoutAccount">Whether ARNs of the operator's account name no account, also in the dialect of AWS.</param>
    /// <param name="dialect">Whose form policies may have; null for AWS's.</param>
    public static async ValueTask<IdentityService> OpenAsync(
        IKeyValueStore store, string rootUser, Secret rootPassword, TimeProvider time, RandomNumberGenerator random, CancellationToken ct, bool allowHttpIssuers = false,
        bool operatorArnsWithoutAccount = false, S3Dialect? dialect = null)
    {
        var ids = new IdentityIds(random);
        dialect ??= S3Dialect.Aws;
        var identities = new IdentityStore(store, operatorArnsWithoutAccount || dialect.OperatorArnsWithoutAccount ? "" : RootCredentialStore.AccountId);
        await identities.LoadAsync(ct);
        var tokens = new SessionTokens(await SessionKeyAsync(store, ids, time, ct), ids);
        var made = await identities.ChangeAsync<Account>(edit => EnsureOperator(edit, rootUser, time), ct);
        if (!made.IsOk) throw new KvException(KvFault.Unavailable, $"The operator's account could not be made: {made.Refusal.Message}");
        return new IdentityService(identities, tokens, ids, rootUser, rootPassword, allowHttpIssuers, dialect.LoosePolicies, time);
    }

    public CredentialLookup Find(ReadOnlySpan<char> accessKey, string? sessionToken)
    {
        if (!string.IsNullOrEmpty(sessionToken)) return Sessions.Find(accessKey, sessionToken, _findKey);
        if (FindKey(accessKey) is { } credential) return credential;
        return accessKey.StartsWith(IdentityIds.SessionKeyPrefix) ? CredentialFault.InvalidToken : CredentialFault.UnknownKey;
    }

    public void NoteUse(Credential credential, string service, string region)
    {
        if (credential.Principal.TokenIssueTime is null) _uses.Note(credential.AccessKey, service, region);
    }

    /// <summary>When a key was last used since the server started; null if it was not.</summary>
    public KeyUse? LastUseOf(string key) => _uses.Find(key);

    public Account? FindAccount(string accountId) => _store.State.FindAccount(accountId)?.Account;

    public Account? FindAccountByCanonicalId(string canonicalId) => Find(_store.State, _store.State.AccountIdsByCanonicalId.GetValueOrDefault(canonicalId));

    public Account? FindAccountByEmail(string email) => Find(_store.State, _store.State.AccountIdsByEmail.GetValueOrDefault(email));

    public bool Exists(string principalArn) => PrincipalLookup.Exists(_store.State, principalArn);

    public Principal? AssumeForService(string arn, string service, string sessionName)
    {
        if (!IdentityArn.TryParse(arn, out var named) || _store.State.FindAccount(named.Account) is not { } account) return null;
        if (named.Type == IdentityArn.Root) return account.Account.RootArn == arn ? Principals.OfRoot(account.Account) : null;
        if (named.Type != IdentityArn.Role || !account.Roles.TryGetValue(named.Name, out var role) || role.Arn != arn) return null;
        var asked = new PolicyRequest(new PolicyPrincipal(PolicyPrincipalKind.Service, "", "", service), "sts:AssumeRole", role.Arn, role.AccountId, ServiceConditions.None);
        var trust = PolicyDocument.Parse(Encoding.UTF8.GetBytes(role.TrustPolicy), PolicyType.Trust).Document;
        if (trust is null || !PolicyEvaluator.Evaluate(asked, PrincipalPolicies.None, new ResourcePolicies(trust)).IsAllowed) return null;
        return Principals.OfRole(account.Account, role, new RoleSession(sessionName));
    }

    public PrincipalPolicies PoliciesOf(Principal principal)
    {
        var state = _store.State;
        switch (principal.Kind)
        {
            case PrincipalKind.User when state.UsersById.TryGetValue(principal.UserId, out var user):
                return state.Compiled.TryGetValue(user.Id, out var ofUser) ? ofUser : Keep(state, user.Id, user.Policies, GroupsOf(state, user));
            case PrincipalKind.AssumedRole when principal.RoleId is not null && state.RolesById.TryGetValue(principal.RoleId, out var role):
                var ofRole = state.Compiled.TryGetValue(role.Id, out var known) ? known : Keep(state, role.Id, role.Policies, []);
                return principal.Session is null ? ofRole : principal.Session.Apply(state, ofRole, _compiler);
            default:
                return PrincipalPolicies.None;
        }
    }

    public ValueTask<IdentityResult<Account>> PutDocumentAsync(string accountId, string kind, ReadOnlyMemory<byte> document, CancellationToken ct) =>
        Accounts.PutDocumentAsync(accountId, kind, document, ct);

    public ValueTask<IdentityResult<Account>> DeleteDocumentAsync(string accountId, string kind, CancellationToken ct) =>
        Accounts.DeleteDocumentAsync(accountId, kind, ct);

    public bool TryGetDocument(string accountId, string kind, [NotNullWhen(true)] out ReadOnlyMemory<byte>? document)
    {
        var found = FindAccount(accountId)?.Documents.TryGetValue(kind, out var value) == true ? (ReadOnlyMemory<byte>?)value : null;
        document = found;
        return found is not null;
    }

    private static Account? Find(IdentityState state, string? accountId) => accountId is null ? null : state.FindAccount(accountId)?.Account;

    private static IEnumerable<Group> GroupsOf(IdentityState state, User user) => user.GroupIds.Select(id => state.GroupsById.GetValueOrDefault(id)).OfType<Group>();

    private PrincipalPolicies Keep(IdentityState state, string id, Attachments own, IEnumerable<Group> groups) =>
        state.Compiled.GetOrAdd(id, _compiler.Compile(state, own, groups));

    /// <summary>
    /// A long-lived key that is active and has not expired. One that has is unknown, as it is once it has been removed: ExpiredToken would tell
    /// clients to fetch temporary credentials anew, which these are not.
    /// </summary>
    private Credential? FindKey(ReadOnlySpan<char> accessKey)
    {
        var state = _store.State;
        if (accessKey.SequenceEqual(_rootUser)) return RootOf(state.Accounts[RootCredentialStore.AccountId].Account);
        return state.Keys.TryGetValue(accessKey.ToString(), out var entry) && entry.Key.IsActive && !entry.Key.IsExpired(_time.GetUtcNow()) ? entry.Credential : null;
    }

    // Made again when the account has another name; two requests that make it at once make equal ones.
    private Credential RootOf(Account account)
    {
        lock (_findKey)
        {
            if (_root is { } root && ReferenceEquals(root.Account, account)) return root.Credential;
            var credential = new Credential(_rootUser, _rootSecret, Principals.OfRoot(account));
            _root = (account, credential);
            return credential;
        }
    }

    private static IdentityResult<Account> EnsureOperator(IdentityEdit edit, string rootUser, TimeProvider time)
    {
        if (edit.State.FindAccount(RootCredentialStore.AccountId) is { } within) return within.Account;
        var account = new Account
        {
            Id = RootCredentialStore.AccountId,
            CanonicalId = RootCredentialStore.CanonicalId,
            Name = rootUser,
            CreatedAt = time.GetUtcNow(),
        };
        edit.Put(account);
        return account;
    }

    /// <summary>The key that session tokens are sealed with, made when the store is opened first.</summary>
    private static async ValueTask<byte[]> SessionKeyAsync(IKeyValueStore store, IdentityIds ids, TimeProvider time, CancellationToken ct)
    {
        using var transaction = store.Begin();
        if (await transaction.GetRecordAsync(IdentityKeys.SessionKey, SessionKeyRecord.Parser, ct) is { } known) return known.Key.ToByteArray();
        var key = ids.Random(SessionTokens.KeyBytes);
        transaction.PutRecord(IdentityKeys.SessionKey, new SessionKeyRecord { Key = ByteString.CopyFrom(key), CreatedTicks = time.GetUtcNow().ToTicks() });
        await transaction.CommitAsync(ct);
        return key;
    }

    /// <summary>Of a service that asks for itself nothing else is known.</summary>
    private sealed class ServiceConditions : IConditionContext
    {
        public static readonly ServiceConditions None = new();

        public ConditionValues GetValues(ConditionKey key) => ConditionValues.None;
    }
}
