using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <param name="Path">Begins and ends with '/'.</param>
/// <param name="Boundary">ARN of a managed policy.</param>
internal sealed record NewUser(string Name, string Path = "/", string? Boundary = null)
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];
}

/// <summary>Users and their access keys.</summary>
internal sealed class UserService(IdentityStore store, IdentityIds ids, AccessKeys keys, TimeProvider time)
{
    /// <summary>By name. Those whose path begins with the prefix.</summary>
    public IReadOnlyList<User> List(string accountId, string pathPrefix = "/") =>
        [.. store.State.FindAccount(accountId)?.Users.Values.Where(user => user.Path.StartsWith(pathPrefix, StringComparison.Ordinal)) ?? []];

    public User? Find(string accountId, string name) => store.State.FindAccount(accountId)?.Users.GetValueOrDefault(name);

    /// <summary>Whose key that is; null if it is nobody's, or a root's.</summary>
    public User? FindByKey(string keyId) =>
        store.State.Keys.GetValueOrDefault(keyId)?.UserId is { } userId ? store.State.UsersById.GetValueOrDefault(userId) : null;

    public ValueTask<IdentityResult<User>> CreateAsync(string accountId, NewUser user, CancellationToken ct)
    {
        var id = ids.User();
        var now = time.GetUtcNow();
        return store.ChangeAsync<User>(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within) return Missing.Account(accountId);
            if ((IdentityRules.UserName(user.Name) ?? IdentityRules.Path(user.Path) ?? BoundaryRules.Check(edit.State, accountId, user.Boundary)) is { } refusal) return refusal;
            var tags = IdentityRules.Tags([], user.Tags);
            if (!tags.IsOk) return tags.Refusal;
            if (within.Users.ContainsKey(user.Name)) return Missing.Exists("User", user.Name);
            if (within.Users.Count >= IdentityQuotas.UsersPerAccount) return IdentityQuotas.Exceeded("UsersPerAccount", IdentityQuotas.UsersPerAccount);
            var made = new User
            {
                AccountId = accountId, Id = id, Name = user.Name, Path = user.Path, CreatedAt = now, Tags = tags.Value,
                Policies = Attachments.None with { Boundary = user.Boundary },
            };
            return edit.Put(made);
        }, ct);
    }

    /// <summary>Null keeps what is there.</summary>
    public ValueTask<IdentityResult<User>> UpdateAsync(string accountId, string name, string? newName, string? newPath, CancellationToken ct) =>
        ChangeAsync(accountId, name, (within, user) =>
        {
            if ((newName is null ? null : IdentityRules.UserName(newName, "newUserName")) is { } nameRefusal) return nameRefusal;
            if ((newPath is null ? null : IdentityRules.Path(newPath, "newPath")) is { } pathRefusal) return pathRefusal;
            if (newName is not null && within.Users.TryGetValue(newName, out var other) && other.Id != user.Id) return Missing.Exists("User", newName);
            return user with { Name = newName ?? user.Name, Path = newPath ?? user.Path };
        }, ct);

    /// <param name="withBelongings">Delete also its keys, memberships and policies; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<User>> DeleteAsync(string accountId, string name, bool withBelongings, CancellationToken ct) => store.ChangeAsync<User>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Users.GetValueOrDefault(name) is not { } user) return Missing.User(name);
        if (!withBelongings && DeleteRules.Check(user) is { } conflict) return conflict;
        edit.Remove(user);
        return user;
    }, ct);

    public ValueTask<IdentityResult<User>> TagAsync(string accountId, string name, IReadOnlyList<IdentityTag> tags, CancellationToken ct) =>
        ChangeAsync(accountId, name, (_, user) =>
        {
            var merged = IdentityRules.Tags(user.Tags, tags);
            return merged.IsOk ? user with { Tags = merged.Value } : merged.Refusal;
        }, ct);

    public ValueTask<IdentityResult<User>> UntagAsync(string accountId, string name, IReadOnlyList<string> keysOfTags, CancellationToken ct) =>
        ChangeAsync(accountId, name, (_, user) => user with { Tags = user.Tags.RemoveAll(tag => keysOfTags.Any(key => IdentityRules.Same(key, tag.Key))) }, ct);

    /// <summary>Makes a key; at most two a user.</summary>
    public async ValueTask<IdentityResult<AccessKey>> CreateKeyAsync(string accountId, string name, GivenKey? given, CancellationToken ct)
    {
        var key = keys.New(given);
        return await store.ChangeAsync<AccessKey>(edit =>
        {
            if (edit.State.FindAccount(accountId)?.Users.GetValueOrDefault(name) is not { } user) return Missing.User(name);
            if (keys.Check(edit.State, user.Keys, key, given) is { } refusal) return refusal;
            edit.Put(user with { Keys = user.Keys.Add(key) });
            return key;
        }, ct);
    }

    public ValueTask<IdentityResult<AccessKey>> SetKeyActiveAsync(string accountId, string name, string keyId, bool isActive, CancellationToken ct) =>
        ChangeKeyAsync(accountId, name, keyId, key => key with { IsActive = isActive }, ct);

    public ValueTask<IdentityResult<AccessKey>> DeleteKeyAsync(string accountId, string name, string keyId, CancellationToken ct) =>
        ChangeKeyAsync(accountId, name, keyId, _ => null, ct);

    private ValueTask<IdentityResult<AccessKey>> ChangeKeyAsync(string accountId, string name, string keyId, Func<AccessKey, AccessKey?> change, CancellationToken ct) =>
        store.ChangeAsync<AccessKey>(edit =>
        {
            if (edit.State.FindAccount(accountId)?.Users.GetValueOrDefault(name) is not { } user) return Missing.User(name);
            if (user.Keys.FirstOrDefault(known => known.Id == keyId) is not { } key) return Missing.Key(keyId);
            var changed = change(key);
            edit.Put(user with { Keys = changed is null ? user.Keys.Remove(key) : user.Keys.Replace(key, changed) });
            return changed ?? key;
        }, ct);

    private ValueTask<IdentityResult<User>> ChangeAsync(string accountId, string name, Func<AccountState, User, IdentityResult<User>> change, CancellationToken ct) =>
        store.ChangeAsync(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within || within.Users.GetValueOrDefault(name) is not { } user) return Missing.User(name);
            var changed = change(within, user);
            if (changed.IsOk) edit.Put(changed.Value);
            return changed;
        }, ct);
}
