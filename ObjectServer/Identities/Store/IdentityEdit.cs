using System.Collections.Immutable;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Identities;

/// <summary>
/// A change being made: the state that it leads to, and the rows that it writes. Loading makes the same changes from rows, so that what
/// is in memory and what is stored cannot differ.
/// </summary>
/// <param name="operatorArnAccount">How ARNs name the operator's account.</param>
internal sealed class IdentityEdit(IdentityState state, string operatorArnAccount)
{
    /// <summary>Rows to be written; a null value deletes.</summary>
    public List<(byte[] Key, byte[]? Value)> Rows { get; } = [];

    public IdentityState State { get; private set; } = state;

    /// <summary>Adds an account or changes it, but for its documents.</summary>
    public void Put(Account account)
    {
        if (account.IsOperator) account = account with { ArnAccount = operatorArnAccount };
        Rows.Add((IdentityKeys.Account(account.Id), account.ToRecord().ToByteArray()));
        var before = State.FindAccount(account.Id);
        if (before is not null) Unindex(before.Account);
        var within = before is null ? new AccountState(account) : before with { Account = account };
        State = State with
        {
            Accounts = State.Accounts.SetItem(account.Id, within),
            AccountIdsByCanonicalId = State.AccountIdsByCanonicalId.SetItem(account.CanonicalId, account.Id),
            AccountIdsByName = State.AccountIdsByName.SetItem(account.Name, account.Id),
            AccountIdsByEmail = account.Email is null ? State.AccountIdsByEmail : State.AccountIdsByEmail.SetItem(account.Email, account.Id),
        };
        IndexKeys(account.RootKeys, Principals.OfRoot(account), account.Id, null);
        // Their principals show the account's name.
        if (before is not null && before.Account.Name != account.Name)
        {
            foreach (var user in within.Users.Values) IndexKeys(user.Keys, Principals.OfUser(account, user), account.Id, user.Id);
        }
    }

    /// <summary>Removes an account that has nothing within it, with its documents.</summary>
    public void Remove(Account account)
    {
        foreach (var kind in account.Documents.Keys) Rows.Add((IdentityKeys.Of(IdentityKeys.Documents, account.Id, kind), null));
        Rows.Add((IdentityKeys.Account(account.Id), null));
        Unindex(account);
        State = State with { Accounts = State.Accounts.Remove(account.Id) };
    }

    public void PutDocument(string accountId, string kind, ReadOnlyMemory<byte> document)
    {
        Rows.Add((IdentityKeys.Of(IdentityKeys.Documents, accountId, kind), document.ToArray()));
        Update(accountId, within => within with { Account = within.Account with { Documents = within.Account.Documents.SetItem(kind, document.ToArray()) } });
    }

    public void RemoveDocument(string accountId, string kind)
    {
        Rows.Add((IdentityKeys.Of(IdentityKeys.Documents, accountId, kind), null));
        Update(accountId, within => within with { Account = within.Account with { Documents = within.Account.Documents.Remove(kind) } });
    }

    public User Put(User user)
    {
        user = user with { ArnAccount = ArnAccountOf(user.AccountId) };
        Rows.Add((KeyOf(IdentityKeys.Users, user), user.ToRecord().ToByteArray()));
        var before = State.UsersById.GetValueOrDefault(user.Id);
        if (before is not null) State = State with { Keys = State.Keys.RemoveRange(before.Keys.Select(key => key.Id)) };
        Update(user.AccountId, within => within with { Users = Replace(within.Users, before, user) });
        State = State with { UsersById = State.UsersById.SetItem(user.Id, user) };
        IndexKeys(user.Keys, Principals.OfUser(State.Accounts[user.AccountId].Account, user), user.AccountId, user.Id);
        return user;
    }

    public void Remove(User user)
    {
        Rows.Add((KeyOf(IdentityKeys.Users, user), null));
        Update(user.AccountId, within => within with { Users = within.Users.Remove(user.Name) });
        State = State with { UsersById = State.UsersById.Remove(user.Id), Keys = State.Keys.RemoveRange(user.Keys.Select(key => key.Id)) };
    }

    public Group Put(Group group)
    {
        group = group with { ArnAccount = ArnAccountOf(group.AccountId) };
        Rows.Add((KeyOf(IdentityKeys.Groups, group), group.ToRecord().ToByteArray()));
        var before = State.GroupsById.GetValueOrDefault(group.Id);
        Update(group.AccountId, within => within with { Groups = Replace(within.Groups, before, group) });
        State = State with { GroupsById = State.GroupsById.SetItem(group.Id, group) };
        return group;
    }

    public void Remove(Group group)
    {
        Rows.Add((KeyOf(IdentityKeys.Groups, group), null));
        Update(group.AccountId, within => within with { Groups = within.Groups.Remove(group.Name) });
        State = State with { GroupsById = State.GroupsById.Remove(group.Id) };
    }

    public Role Put(Role role)
    {
        role = role with { ArnAccount = ArnAccountOf(role.AccountId) };
        Rows.Add((KeyOf(IdentityKeys.Roles, role), role.ToRecord().ToByteArray()));
        var before = State.RolesById.GetValueOrDefault(role.Id);
        Update(role.AccountId, within => within with { Roles = Replace(within.Roles, before, role) });
        State = State with { RolesById = State.RolesById.SetItem(role.Id, role) };
        return role;
    }

    public void Remove(Role role)
    {
        Rows.Add((KeyOf(IdentityKeys.Roles, role), null));
        Update(role.AccountId, within => within with { Roles = within.Roles.Remove(role.Name) });
        State = State with { RolesById = State.RolesById.Remove(role.Id) };
    }

    public ManagedPolicy Put(ManagedPolicy policy)
    {
        policy = policy with { ArnAccount = ArnAccountOf(policy.AccountId) };
        Rows.Add((KeyOf(IdentityKeys.Policies, policy), policy.ToRecord().ToByteArray()));
        Update(policy.AccountId, within => within with { Policies = within.Policies.SetItem(policy.Name, policy) });
        return policy;
    }

    public void Remove(ManagedPolicy policy)
    {
        Rows.Add((KeyOf(IdentityKeys.Policies, policy), null));
        Update(policy.AccountId, within => within with { Policies = within.Policies.Remove(policy.Name) });
    }

    public OidcProvider Put(OidcProvider provider)
    {
        provider = provider with { ArnAccount = ArnAccountOf(provider.AccountId) };
        Rows.Add((IdentityKeys.Of(IdentityKeys.Providers, provider.AccountId, provider.Issuer), provider.ToRecord().ToByteArray()));
        Update(provider.AccountId, within => within with { Providers = within.Providers.SetItem(provider.Issuer, provider) });
        return provider;
    }

    public void Remove(OidcProvider provider)
    {
        Rows.Add((IdentityKeys.Of(IdentityKeys.Providers, provider.AccountId, provider.Issuer), null));
        Update(provider.AccountId, within => within with { Providers = within.Providers.Remove(provider.Issuer) });
    }

    private string ArnAccountOf(string accountId) => State.Accounts[accountId].Account.ArnAccount;

    private static byte[] KeyOf(byte kind, Entity entity) => IdentityKeys.Of(kind, entity.AccountId, entity.Id);

    // Removed first: a name that differs in case only would keep the key as it was.
    private static ImmutableSortedDictionary<string, T> Replace<T>(ImmutableSortedDictionary<string, T> all, T? before, T after) where T : Entity =>
        (before is null ? all : all.Remove(before.Name)).SetItem(after.Name, after);

    private void Update(string accountId, Func<AccountState, AccountState> change) =>
        State = State with { Accounts = State.Accounts.SetItem(accountId, change(State.Accounts[accountId])) };

    private void IndexKeys(IEnumerable<AccessKey> keys, Principal principal, string accountId, string? userId)
    {
        foreach (var key in keys)
        {
            var entry = new KeyEntry(key, new Credential(key.Id, key.Secret.Reveal(), principal, key.ExpiresAt), accountId, userId);
            State = State with { Keys = State.Keys.SetItem(key.Id, entry) };
        }
    }

    private void Unindex(Account account) => State = State with
    {
        AccountIdsByCanonicalId = State.AccountIdsByCanonicalId.Remove(account.CanonicalId),
        AccountIdsByName = State.AccountIdsByName.Remove(account.Name),
        AccountIdsByEmail = account.Email is null ? State.AccountIdsByEmail : State.AccountIdsByEmail.Remove(account.Email),
        Keys = State.Keys.RemoveRange(account.RootKeys.Select(key => key.Id)),
    };
}
