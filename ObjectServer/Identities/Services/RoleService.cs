namespace ObjectStore.Server.Identities;

internal sealed record NewRole(string Name, string TrustPolicy, string Path = "/", string Description = "", int MaxSessionSeconds = 3600, string? Boundary = null)
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];
}

/// <summary>Roles.</summary>
internal sealed class RoleService(IdentityStore store, IdentityIds ids, TimeProvider time)
{
    /// <summary>By name. Those whose path begins with the prefix.</summary>
    public IReadOnlyList<Role> List(string accountId, string pathPrefix = "/") =>
        [.. store.State.FindAccount(accountId)?.Roles.Values.Where(role => role.Path.StartsWith(pathPrefix, StringComparison.Ordinal)) ?? []];

    public Role? Find(string accountId, string name) => store.State.FindAccount(accountId)?.Roles.GetValueOrDefault(name);

    /// <param name="arn">arn:aws:iam::ACCOUNT:role/PATH/NAME; the path must be right.</param>
    public Role? FindByArn(string arn) =>
        IdentityArn.TryParse(arn, out var parsed) && parsed.Type == IdentityArn.Role && Find(parsed.Account, parsed.Name) is { } role && role.Arn == arn ? role : null;

    public ValueTask<IdentityResult<Role>> CreateAsync(string accountId, NewRole role, CancellationToken ct)
    {
        var id = ids.Role();
        var now = time.GetUtcNow();
        return store.ChangeAsync<Role>(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within) return Missing.Account(accountId);
            if (Check(edit.State, accountId, role) is { } refusal) return refusal;
            var tags = IdentityRules.Tags([], role.Tags);
            if (!tags.IsOk) return tags.Refusal;
            if (within.Roles.ContainsKey(role.Name)) return Missing.Exists("Role", role.Name);
            if (within.Roles.Count >= IdentityQuotas.RolesPerAccount) return IdentityQuotas.Exceeded("RolesPerAccount", IdentityQuotas.RolesPerAccount);
            var made = new Role
            {
                AccountId = accountId, Id = id, Name = role.Name, Path = role.Path, CreatedAt = now, Tags = tags.Value, Description = role.Description,
                TrustPolicy = role.TrustPolicy, MaxSessionSeconds = role.MaxSessionSeconds, Policies = Attachments.None with { Boundary = role.Boundary },
            };
            return edit.Put(made);
        }, ct);
    }

    /// <summary>Null keeps what is there.</summary>
    public ValueTask<IdentityResult<Role>> UpdateAsync(string accountId, string name, string? description, int? maxSessionSeconds, CancellationToken ct) =>
        ChangeAsync(accountId, name, (_, role) =>
        {
            var changed = role with { Description = description ?? role.Description, MaxSessionSeconds = maxSessionSeconds ?? role.MaxSessionSeconds };
            return (IdentityRules.Description(changed.Description) ?? IdentityRules.MaxSession(changed.MaxSessionSeconds)) is { } refusal ? refusal : changed;
        }, ct);

    public ValueTask<IdentityResult<Role>> SetTrustPolicyAsync(string accountId, string name, string document, CancellationToken ct) =>
        ChangeAsync(accountId, name, (state, role) =>
            PolicyRules.CheckTrust(document, arn => PrincipalLookup.Exists(state, arn)) is { } refusal ? refusal : role with { TrustPolicy = document }, ct);

    /// <param name="withBelongings">Delete also its policies; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<Role>> DeleteAsync(string accountId, string name, bool withBelongings, CancellationToken ct) => store.ChangeAsync<Role>(edit =>
    {
        if (edit.State.FindAccount(accountId)?.Roles.GetValueOrDefault(name) is not { } role) return Missing.Role(name);
        if (!withBelongings && DeleteRules.Check(role.Policies) is { } conflict) return conflict;
        edit.Remove(role);
        return role;
    }, ct);

    public ValueTask<IdentityResult<Role>> TagAsync(string accountId, string name, IReadOnlyList<IdentityTag> tags, CancellationToken ct) =>
        ChangeAsync(accountId, name, (_, role) =>
        {
            var merged = IdentityRules.Tags(role.Tags, tags);
            return merged.IsOk ? role with { Tags = merged.Value } : merged.Refusal;
        }, ct);

    public ValueTask<IdentityResult<Role>> UntagAsync(string accountId, string name, IReadOnlyList<string> keys, CancellationToken ct) =>
        ChangeAsync(accountId, name, (_, role) => role with { Tags = role.Tags.RemoveAll(tag => keys.Any(key => IdentityRules.Same(key, tag.Key))) }, ct);

    private static Refusal? Check(IdentityState state, string accountId, NewRole role) =>
        IdentityRules.RoleName(role.Name) ?? IdentityRules.Path(role.Path) ?? IdentityRules.Description(role.Description)
        ?? IdentityRules.MaxSession(role.MaxSessionSeconds) ?? BoundaryRules.Check(state, accountId, role.Boundary)
        ?? PolicyRules.CheckTrust(role.TrustPolicy, arn => PrincipalLookup.Exists(state, arn));

    private ValueTask<IdentityResult<Role>> ChangeAsync(string accountId, string name, Func<IdentityState, Role, IdentityResult<Role>> change, CancellationToken ct) =>
        store.ChangeAsync(edit =>
        {
            if (edit.State.FindAccount(accountId)?.Roles.GetValueOrDefault(name) is not { } role) return Missing.Role(name);
            var changed = change(edit.State, role);
            if (changed.IsOk) edit.Put(changed.Value);
            return changed;
        }, ct);
}
