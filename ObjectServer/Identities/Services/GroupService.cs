namespace ObjectStore.Server.Identities;

/// <summary>Groups and who is in them.</summary>
internal sealed class GroupService(IdentityStore store, IdentityIds ids, TimeProvider time)
{
    /// <summary>By name. Those whose path begins with the prefix.</summary>
    public IReadOnlyList<Group> List(string accountId, string pathPrefix = "/") =>
        [.. store.State.FindAccount(accountId)?.Groups.Values.Where(group => group.Path.StartsWith(pathPrefix, StringComparison.Ordinal)) ?? []];

    public Group? Find(string accountId, string name) => store.State.FindAccount(accountId)?.Groups.GetValueOrDefault(name);

    public IReadOnlyList<User> UsersOf(Group group) =>
        [.. store.State.FindAccount(group.AccountId)?.Users.Values.Where(user => user.GroupIds.Contains(group.Id)) ?? []];

    public IReadOnlyList<Group> GroupsOf(User user)
    {
        var state = store.State;
        return [.. user.GroupIds.Select(id => state.GroupsById.GetValueOrDefault(id)).OfType<Group>().OrderBy(group => group.Name, StringComparer.OrdinalIgnoreCase)];
    }

    public ValueTask<IdentityResult<Group>> CreateAsync(string accountId, string name, string path, CancellationToken ct)
    {
        var made = new Group { AccountId = accountId, Id = ids.Group(), Name = name, Path = path, CreatedAt = time.GetUtcNow() };
        return store.ChangeAsync<Group>(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within) return Missing.Account(accountId);
            if ((IdentityRules.GroupName(name) ?? IdentityRules.Path(path)) is { } refusal) return refusal;
            if (within.Groups.ContainsKey(name)) return Missing.Exists("Group", name);
            if (within.Groups.Count >= IdentityQuotas.GroupsPerAccount) return IdentityQuotas.Exceeded("GroupsPerAccount", IdentityQuotas.GroupsPerAccount);
            return edit.Put(made);
        }, ct);
    }

    /// <summary>Null keeps what is there.</summary>
    public ValueTask<IdentityResult<Group>> UpdateAsync(string accountId, string name, string? newName, string? newPath, CancellationToken ct) =>
        store.ChangeAsync<Group>(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within || within.Groups.GetValueOrDefault(name) is not { } group) return Missing.Group(name);
            if ((newName is null ? null : IdentityRules.GroupName(newName, "newGroupName")) is { } nameRefusal) return nameRefusal;
            if ((newPath is null ? null : IdentityRules.Path(newPath, "newPath")) is { } pathRefusal) return pathRefusal;
            if (newName is not null && within.Groups.TryGetValue(newName, out var other) && other.Id != group.Id) return Missing.Exists("Group", newName);
            var changed = group with { Name = newName ?? group.Name, Path = newPath ?? group.Path };
            edit.Put(changed);
            return changed;
        }, ct);

    /// <param name="withBelongings">Delete also its policies and memberships; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<Group>> DeleteAsync(string accountId, string name, bool withBelongings, CancellationToken ct) => store.ChangeAsync<Group>(edit =>
    {
        if (edit.State.FindAccount(accountId) is not { } within || within.Groups.GetValueOrDefault(name) is not { } group) return Missing.Group(name);
        User[] members = [.. within.Users.Values.Where(user => user.GroupIds.Contains(group.Id))];
        if (!withBelongings)
        {
            if (members.Length > 0) return Missing.Conflict("remove users from group");
            if (DeleteRules.Check(group.Policies) is { } conflict) return conflict;
        }
        foreach (var user in members) edit.Put(user with { GroupIds = user.GroupIds.Remove(group.Id) });
        edit.Remove(group);
        return group;
    }, ct);

    /// <summary>Succeeds also where the user is in it already.</summary>
    public ValueTask<IdentityResult<Group>> AddUserAsync(string accountId, string name, string userName, CancellationToken ct) => store.ChangeAsync<Group>(edit =>
    {
        if (edit.State.FindAccount(accountId) is not { } within || within.Groups.GetValueOrDefault(name) is not { } group) return Missing.Group(name);
        if (within.Users.GetValueOrDefault(userName) is not { } user) return Missing.User(userName);
        if (user.GroupIds.Contains(group.Id)) return group;
        if (user.GroupIds.Length >= IdentityQuotas.GroupsPerUser) return IdentityQuotas.Exceeded("GroupsPerUser", IdentityQuotas.GroupsPerUser);
        edit.Put(user with { GroupIds = user.GroupIds.Add(group.Id) });
        return group;
    }, ct);

    public ValueTask<IdentityResult<Group>> RemoveUserAsync(string accountId, string name, string userName, CancellationToken ct) => store.ChangeAsync<Group>(edit =>
    {
        if (edit.State.FindAccount(accountId) is not { } within || within.Groups.GetValueOrDefault(name) is not { } group) return Missing.Group(name);
        if (within.Users.GetValueOrDefault(userName) is not { } user || !user.GroupIds.Contains(group.Id)) return Missing.User(userName);
        edit.Put(user with { GroupIds = user.GroupIds.Remove(group.Id) });
        return group;
    }, ct);
}
