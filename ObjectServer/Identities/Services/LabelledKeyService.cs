using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <summary>
/// Access keys of users that are asked for by a label and a generation rather than made: who asks again gets the same key. They do not count towards
/// the two keys that a user may have over IAM, so that neither way of making keys stands in the other's.
/// </summary>
internal sealed class LabelledKeyService(IdentityStore store, AccessKeys keys, TimeProvider time)
{
    public static readonly TimeSpan MaxGrace = TimeSpan.FromDays(30);

    /// <summary>
    /// The key of that label and generation, which is made if there never was one. A key that is made ends those of older generations after the grace, or
    /// leaves them to end sooner by themselves. Refuses with <see cref="IdentityFault.StaleGeneration"/> what has been and is gone.
    /// </summary>
    public async ValueTask<IdentityResult<EnsuredKey>> EnsureAsync(string accountId, string userName, LabelledKey wish, CancellationToken ct)
    {
        if (Check(wish) is { } refusal) return refusal;
        // Made outside of the change, which may run again.
        var fresh = keys.New(null);
        var now = WholeSeconds(time.GetUtcNow());
        return await store.ChangeAsync<EnsuredKey>(edit =>
        {
            if (edit.State.FindAccount(accountId)?.Users.GetValueOrDefault(userName) is not { } user) return Missing.User(userName);
            var newest = user.KeyLabels.FirstOrDefault(label => label.Name == wish.Label)?.Generation ?? 0;
            if (wish.Generation > newest) return Make(edit, user, wish, fresh, now);
            var known = user.Keys.FirstOrDefault(key => key.Label == wish.Label && key.Generation == wish.Generation && !key.IsExpired(now));
            return known is null ? Stale(wish, newest) : new EnsuredKey(known, IsNew: false);
        }, ct);
    }

    /// <summary>Deletes all keys of the label and forgets its generations.</summary>
    public ValueTask<IdentityResult<User>> DeleteAsync(string accountId, string userName, string label, CancellationToken ct) => store.ChangeAsync<User>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Users.GetValueOrDefault(userName) is not { } user) return Missing.User(userName);
        if (user.KeyLabels.All(known => known.Name != label)) return Missing.KeyLabel(label);
        return edit.Put(user with { Keys = user.Keys.RemoveAll(key => key.Label == label), KeyLabels = user.KeyLabels.RemoveAll(known => known.Name == label) });
    }, ct);

    /// <summary>Removes keys that expired before that time, of at most so many users.</summary>
    /// <returns>How many keys were removed.</returns>
    public ValueTask<IdentityResult<int>> RemoveExpiredAsync(DateTimeOffset before, int maxUsers, CancellationToken ct) => store.ChangeAsync<int>(edit =>
    {
        var removed = 0;
        foreach (var user in edit.State.UsersById.Values.Where(user => user.Keys.Any(key => key.IsExpired(before))).Take(maxUsers))
        {
            var left = user.Keys.RemoveAll(key => key.IsExpired(before));
            removed += user.Keys.Length - left.Length;
            edit.Put(user with { Keys = left });
        }
        return removed;
    }, ct);

    private static IdentityResult<EnsuredKey> Make(IdentityEdit edit, User user, LabelledKey wish, AccessKey fresh, DateTimeOffset now)
    {
        var expiresAt = wish.ExpiresAt is { } given ? WholeSeconds(given) : now + wish.Lifetime;
        if (expiresAt <= now) return new Refusal(IdentityFault.ValidationError, "The key would have expired already.");
        if (edit.State.Keys.ContainsKey(fresh.Id)) return Missing.Exists("Access key", fresh.Id);
        var end = now + wish.Grace;
        var left = user.Keys.Select(key => key.Label == wish.Label && !(key.ExpiresAt <= end) ? key with { ExpiresAt = end } : key)
            .Where(key => !key.IsExpired(now)).ToImmutableArray();
        if (left.Count(key => key.Label is not null) >= IdentityQuotas.LabelledKeysPerUser)
            return IdentityQuotas.Exceeded("LabelledKeysPerUser", IdentityQuotas.LabelledKeysPerUser);
        var labels = user.KeyLabels.RemoveAll(label => label.Name == wish.Label);
        if (labels.Length >= IdentityQuotas.KeyLabelsPerUser) return IdentityQuotas.Exceeded("KeyLabelsPerUser", IdentityQuotas.KeyLabelsPerUser);
        var made = fresh with { Label = wish.Label, Generation = wish.Generation, ExpiresAt = expiresAt };
        edit.Put(user with { Keys = left.Add(made), KeyLabels = labels.Add(new KeyLabel(wish.Label, wish.Generation)) });
        return new EnsuredKey(made, IsNew: true);
    }

    private static Refusal? Check(LabelledKey wish) =>
        IdentityRules.KeyLabel(wish.Label)
        ?? (wish.Generation < 1 ? new Refusal(IdentityFault.ValidationError, "A generation is 1 or more.") : null)
        ?? (wish.Lifetime <= TimeSpan.Zero ? new Refusal(IdentityFault.ValidationError, "A lifetime is one second or more.") : null)
        ?? (wish.Grace < TimeSpan.Zero || wish.Grace > MaxGrace ? new Refusal(IdentityFault.ValidationError, $"The grace is 0 to {MaxGrace.TotalSeconds:0} seconds.") : null);

    private static Refusal Stale(LabelledKey wish, int newest) => new(IdentityFault.StaleGeneration, wish.Generation < newest
        ? $"Generation {wish.Generation} of the key \"{wish.Label}\" is over: {newest} has taken its place."
        : $"The key of generation {newest} of \"{wish.Label}\" has expired or was deleted; ask for a higher generation, or delete the label first.");

    // As all lists tell it, so that a key ends when it is said to end.
    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
