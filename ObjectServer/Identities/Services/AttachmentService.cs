using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

internal enum PolicyHolderKind
{
    User,
    Group,
    Role,
}

/// <summary>A user, group or role by name.</summary>
internal readonly record struct PolicyHolder(PolicyHolderKind Kind, string Name);

/// <summary>Policies of users, groups and roles: inline ones, attached ones, boundaries.</summary>
internal sealed class AttachmentService(IdentityStore store, bool loosePolicies)
{
    /// <summary>Null if there is no such holder.</summary>
    public Attachments? Find(string accountId, PolicyHolder holder) =>
        store.State.FindAccount(accountId) is { } within && PolicyHolders.Find(within, holder) is { } entity ? PolicyHolders.Of(entity) : null;

    /// <summary>Who has the managed policy attached, or as boundary.</summary>
    public IReadOnlyList<Entity> HoldersOf(string accountId, string policyArn, bool asBoundary) => store.State.FindAccount(accountId) is { } within
        ? [.. PolicyHolders.All(within).Where(entity => asBoundary ? PolicyHolders.Of(entity).Boundary == policyArn : PolicyHolders.Of(entity).Managed.Contains(policyArn))]
        : [];

    public ValueTask<IdentityResult<Attachments>> PutInlineAsync(string accountId, PolicyHolder holder, string policyName, string document, CancellationToken ct) =>
        ChangeAsync(accountId, holder, (_, attachments) =>
        {
            // One document alone may be as long as all: the sum is what bounds.
            if ((IdentityRules.PolicyName(policyName) ?? PolicyRules.Check(document, PolicyType.Identity, int.MaxValue, "PolicySize", loosePolicies)) is { } refusal) return refusal;
            var changed = attachments with { Inline = attachments.Inline.SetItem(policyName, document) };
            return PolicyRules.CheckInlineSum(changed, holder.Kind) is { } tooMuch ? tooMuch : changed;
        }, ct);

    public ValueTask<IdentityResult<Attachments>> DeleteInlineAsync(string accountId, PolicyHolder holder, string policyName, CancellationToken ct) =>
        ChangeAsync(accountId, holder, (_, attachments) => attachments.Inline.ContainsKey(policyName)
            ? attachments with { Inline = attachments.Inline.Remove(policyName) }
            : Missing.Inline(holder, policyName), ct);

    /// <summary>Succeeds also where it is attached already; at most ten.</summary>
    public ValueTask<IdentityResult<Attachments>> AttachAsync(string accountId, PolicyHolder holder, string policyArn, CancellationToken ct) =>
        ChangeAsync(accountId, holder, (state, attachments) =>
        {
            if (BoundaryRules.Check(state, accountId, policyArn) is { } refusal) return refusal;
            if (attachments.Managed.Contains(policyArn)) return attachments;
            return attachments.Managed.Length >= IdentityQuotas.AttachedPolicies
                ? IdentityQuotas.Exceeded($"PoliciesPer{holder.Kind}", IdentityQuotas.AttachedPolicies)
                : attachments with { Managed = attachments.Managed.Add(policyArn) };
        }, ct);

    public ValueTask<IdentityResult<Attachments>> DetachAsync(string accountId, PolicyHolder holder, string policyArn, CancellationToken ct) =>
        ChangeAsync(accountId, holder, (_, attachments) => attachments.Managed.Contains(policyArn)
            ? attachments with { Managed = attachments.Managed.Remove(policyArn) }
            : Missing.Attached(policyArn), ct);

    /// <param name="policyArn">Null removes it.</param>
    public ValueTask<IdentityResult<Attachments>> SetBoundaryAsync(string accountId, PolicyHolder holder, string? policyArn, CancellationToken ct) =>
        ChangeAsync(accountId, holder, (state, attachments) =>
            BoundaryRules.Check(state, accountId, policyArn) is { } refusal ? refusal
            : policyArn is null && attachments.Boundary is null ? Missing.Boundary(holder)
            : attachments with { Boundary = policyArn }, ct);

    private ValueTask<IdentityResult<Attachments>> ChangeAsync(
        string accountId, PolicyHolder holder, Func<IdentityState, Attachments, IdentityResult<Attachments>> change, CancellationToken ct) => store.ChangeAsync(edit =>
    {
        if (edit.State.FindAccount(accountId) is not { } within || PolicyHolders.Find(within, holder) is not { } entity) return Missing.Holder(holder);
        var changed = change(edit.State, PolicyHolders.Of(entity));
        if (changed.IsOk) PolicyHolders.Put(edit, entity, changed.Value);
        return changed;
    }, ct);
}
