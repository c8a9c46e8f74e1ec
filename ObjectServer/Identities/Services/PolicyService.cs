using System.Collections.Immutable;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

internal sealed record NewPolicy(string Name, string Document, string Path = "/", string Description = "")
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];
}

/// <summary>Managed policies: an account's own, and those of AWS that exist everywhere.</summary>
internal sealed class PolicyService(IdentityStore store, IdentityIds ids, bool loosePolicies, TimeProvider time)
{
    private static readonly Refusal Unmodifiable = new(IdentityFault.UnmodifiableEntity, "Policies of AWS cannot be changed.");

    /// <summary>Those of the account, by name.</summary>
    public IReadOnlyList<ManagedPolicy> List(string accountId, string pathPrefix = "/") =>
        [.. store.State.FindAccount(accountId)?.Policies.Values.Where(policy => policy.Path.StartsWith(pathPrefix, StringComparison.Ordinal)) ?? []];

    /// <summary>arn:aws:iam::aws:policy/..., by name; the same for all accounts.</summary>
    public static IReadOnlyList<ManagedPolicy> ListOfAws() => AwsPolicies.All;

    /// <summary>Of any account, or of AWS.</summary>
    public ManagedPolicy? FindByArn(string arn) => store.State.FindPolicy(arn);

    public ValueTask<IdentityResult<ManagedPolicy>> CreateAsync(string accountId, NewPolicy policy, CancellationToken ct)
    {
        var id = ids.Policy();
        var now = time.GetUtcNow();
        return store.ChangeAsync<ManagedPolicy>(edit =>
        {
            if (edit.State.FindAccount(accountId) is not { } within) return Missing.Account(accountId);
            if ((IdentityRules.PolicyName(policy.Name) ?? IdentityRules.Path(policy.Path) ?? IdentityRules.Description(policy.Description)
                ?? CheckDocument(policy.Document)) is { } refusal) return refusal;
            var tags = IdentityRules.Tags([], policy.Tags);
            if (!tags.IsOk) return tags.Refusal;
            if (within.Policies.ContainsKey(policy.Name))
                return new Refusal(IdentityFault.EntityAlreadyExists, $"A policy called {policy.Name} already exists. Duplicate names are not allowed.");
            if (within.Policies.Count >= IdentityQuotas.PoliciesPerAccount) return IdentityQuotas.Exceeded("PoliciesPerAccount", IdentityQuotas.PoliciesPerAccount);
            var made = new ManagedPolicy
            {
                AccountId = accountId, Id = id, Name = policy.Name, Path = policy.Path, Description = policy.Description, CreatedAt = now, UpdatedAt = now,
                Tags = tags.Value, Versions = [new ManagedPolicyVersion(1, policy.Document, now)], DefaultVersion = 1, NextVersion = 2,
            };
            return edit.Put(made);
        }, ct);
    }

    /// <param name="withBelongings">Detach it everywhere and delete its versions first; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<ManagedPolicy>> DeleteAsync(string accountId, string arn, bool withBelongings, CancellationToken ct) =>
        store.ChangeAsync<ManagedPolicy>(edit =>
        {
            if (Find(edit.State, accountId, arn, out var policy) is { } refusal) return refusal;
            foreach (var entity in PolicyHolders.All(edit.State.Accounts[accountId]))
            {
                var attachments = PolicyHolders.Of(entity);
                if (!attachments.Managed.Contains(arn) && attachments.Boundary != arn) continue;
                if (!withBelongings) return new Refusal(IdentityFault.DeleteConflict, "Cannot delete a policy attached to entities.");
                // A boundary that went away would leave its holder without bound.
                if (attachments.Boundary == arn) return new Refusal(IdentityFault.DeleteConflict, $"Cannot delete a policy that is the permission boundary of {entity.Arn}.");
                PolicyHolders.Put(edit, entity, attachments with { Managed = attachments.Managed.Remove(arn) });
            }
            if (!withBelongings && policy.Versions.Length > 1)
                return new Refusal(IdentityFault.DeleteConflict, "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");
            edit.Remove(policy);
            return policy;
        }, ct);

    public async ValueTask<IdentityResult<ManagedPolicyVersion>> CreateVersionAsync(string accountId, string arn, string document, bool asDefault, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await store.ChangeAsync<ManagedPolicyVersion>(edit =>
        {
            if (Find(edit.State, accountId, arn, out var policy) is { } refusal) return refusal;
            if (CheckDocument(document) is { } malformed) return malformed;
            if (policy.Versions.Length >= IdentityQuotas.VersionsPerPolicy)
                return new Refusal(IdentityFault.LimitExceeded, "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.");
            var version = new ManagedPolicyVersion(policy.NextVersion, document, now);
            edit.Put(policy with
            {
                Versions = policy.Versions.Add(version),
                NextVersion = policy.NextVersion + 1,
                DefaultVersion = asDefault ? version.Number : policy.DefaultVersion,
                UpdatedAt = now,
            });
            return version;
        }, ct);
    }

    public ValueTask<IdentityResult<ManagedPolicy>> DeleteVersionAsync(string accountId, string arn, int number, CancellationToken ct) => ChangeAsync(accountId, arn, policy =>
    {
        if (policy.Versions.FirstOrDefault(version => version.Number == number) is not { } version) return Missing.PolicyVersion(arn, number);
        if (policy.DefaultVersion == number) return new Refusal(IdentityFault.DeleteConflict, "Cannot delete the default version of a policy.");
        return policy with { Versions = policy.Versions.Remove(version), UpdatedAt = time.GetUtcNow() };
    }, ct);

    public ValueTask<IdentityResult<ManagedPolicy>> SetDefaultVersionAsync(string accountId, string arn, int number, CancellationToken ct) => ChangeAsync(accountId, arn, policy =>
        policy.Versions.Any(version => version.Number == number) ? policy with { DefaultVersion = number, UpdatedAt = time.GetUtcNow() } : Missing.PolicyVersion(arn, number), ct);

    public ValueTask<IdentityResult<ManagedPolicy>> TagAsync(string accountId, string arn, IReadOnlyList<IdentityTag> tags, CancellationToken ct) => ChangeAsync(accountId, arn, policy =>
    {
        var merged = IdentityRules.Tags(policy.Tags, tags);
        return merged.IsOk ? policy with { Tags = merged.Value } : merged.Refusal;
    }, ct);

    public ValueTask<IdentityResult<ManagedPolicy>> UntagAsync(string accountId, string arn, IReadOnlyList<string> keys, CancellationToken ct) => ChangeAsync(accountId, arn, policy =>
        policy with { Tags = policy.Tags.RemoveAll(tag => keys.Any(key => IdentityRules.Same(key, tag.Key))) }, ct);

    private Refusal? CheckDocument(string document) => PolicyRules.Check(document, PolicyType.Identity, PolicyLimits.ManagedChars, "PolicySize", loosePolicies);

    private static Refusal? Find(IdentityState state, string accountId, string arn, out ManagedPolicy policy)
    {
        policy = state.FindPolicy(arn)!;
        return policy is null ? Missing.Policy(arn)
            : policy.AccountId == AwsPolicies.Account ? Unmodifiable
            : policy.AccountId != accountId ? Missing.Policy(arn)
            : null;
    }

    private ValueTask<IdentityResult<ManagedPolicy>> ChangeAsync(string accountId, string arn, Func<ManagedPolicy, IdentityResult<ManagedPolicy>> change, CancellationToken ct) =>
        store.ChangeAsync(edit =>
        {
            if (Find(edit.State, accountId, arn, out var policy) is { } refusal) return refusal;
            var changed = change(policy);
            if (changed.IsOk) edit.Put(changed.Value);
            return changed;
        }, ct);
}
