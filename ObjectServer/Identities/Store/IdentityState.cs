using System.Collections.Concurrent;
using System.Collections.Immutable;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>All identities as of one committed change. Immutable but for what is computed from it once and kept.</summary>
internal sealed record IdentityState
{
    /// <summary>How many changes led to it.</summary>
    public ulong Generation { get; init; }

    public ImmutableDictionary<string, AccountState> Accounts { get; init; } = Index<AccountState>(StringComparer.Ordinal);

    public ImmutableDictionary<string, string> AccountIdsByCanonicalId { get; init; } = Index<string>(StringComparer.Ordinal);

    public ImmutableDictionary<string, string> AccountIdsByName { get; init; } = Index<string>(StringComparer.OrdinalIgnoreCase);

    public ImmutableDictionary<string, string> AccountIdsByEmail { get; init; } = Index<string>(StringComparer.OrdinalIgnoreCase);

    public ImmutableDictionary<string, User> UsersById { get; init; } = Index<User>(StringComparer.Ordinal);

    public ImmutableDictionary<string, Group> GroupsById { get; init; } = Index<Group>(StringComparer.Ordinal);

    public ImmutableDictionary<string, Role> RolesById { get; init; } = Index<Role>(StringComparer.Ordinal);

    /// <summary>Every long-lived key, those that are not active included.</summary>
    public ImmutableDictionary<string, KeyEntry> Keys { get; init; } = Index<KeyEntry>(StringComparer.Ordinal);

    /// <summary>Policies of users and roles by id, parsed when they are first asked for. Bounded by the number of users and roles.</summary>
    public ConcurrentDictionary<string, PrincipalPolicies> Compiled { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>A state to be changed further: what was computed from this one does not hold there.</summary>
    public IdentityState Next() => this with { Generation = Generation + 1, Compiled = new(StringComparer.Ordinal) };

    public AccountState? FindAccount(string accountId) => Accounts.GetValueOrDefault(accountId);

    /// <summary>Of the account, or of those that exist everywhere.</summary>
    public ManagedPolicy? FindPolicy(string arn)
    {
        if (!IdentityArn.TryParse(arn, out var parsed) || parsed.Type != IdentityArn.Policy) return null;
        if (parsed.Account == AwsPolicies.Account) return AwsPolicies.Find(arn);
        return FindAccount(parsed.Account)?.Policies.GetValueOrDefault(parsed.Name) is { } policy && policy.Arn == arn ? policy : null;
    }

    private static ImmutableDictionary<string, T> Index<T>(StringComparer comparer) => ImmutableDictionary.Create<string, T>(comparer);
}

/// <summary>A long-lived key and whose it is.</summary>
/// <param name="UserId">Null for a key of the account's root.</param>
internal sealed record KeyEntry(AccessKey Key, Credential Credential, string AccountId, string? UserId);
