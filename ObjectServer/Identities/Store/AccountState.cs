using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <summary>An account and all within it. Immutable. Names are compared without case and listed in that order.</summary>
internal sealed record AccountState(Account Account)
{
    public ImmutableSortedDictionary<string, User> Users { get; init; } = ByName<User>();

    public ImmutableSortedDictionary<string, Group> Groups { get; init; } = ByName<Group>();

    public ImmutableSortedDictionary<string, Role> Roles { get; init; } = ByName<Role>();

    public ImmutableSortedDictionary<string, ManagedPolicy> Policies { get; init; } = ByName<ManagedPolicy>();

    /// <summary>By issuer.</summary>
    public ImmutableSortedDictionary<string, OidcProvider> Providers { get; init; } =
        ImmutableSortedDictionary.Create<string, OidcProvider>(StringComparer.Ordinal);

    public bool IsEmpty => Users.IsEmpty && Groups.IsEmpty && Roles.IsEmpty && Policies.IsEmpty && Providers.IsEmpty;

    private static ImmutableSortedDictionary<string, T> ByName<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.OrdinalIgnoreCase);
}
