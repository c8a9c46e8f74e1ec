using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Identities;

/// <summary>Makes access keys.</summary>
/// <param name="rootUser">The configured root's key, which nobody else can have.</param>
internal sealed class AccessKeys(IdentityIds ids, string rootUser, TimeProvider time)
{
    public AccessKey New(GivenKey? given) => new(given?.Id ?? ids.Key(), new Secret(given?.Secret ?? ids.Secret()), IsActive: true, time.GetUtcNow());

    /// <returns>Why the key cannot be added to those, or null.</returns>
    public Refusal? Check(IdentityState state, IReadOnlyCollection<AccessKey> others, AccessKey key, GivenKey? given)
    {
        if (given is not null && IdentityRules.GivenKey(given) is { } refusal) return refusal;
        if (state.Keys.ContainsKey(key.Id) || key.Id == rootUser) return Missing.Exists("Access key", key.Id);
        return others.Count(other => other.Label is null) >= IdentityQuotas.KeysPerUser ? IdentityQuotas.Exceeded("AccessKeysPerUser", IdentityQuotas.KeysPerUser) : null;
    }
}
