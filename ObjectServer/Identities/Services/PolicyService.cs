namespace ObjectStore.Server.Identities;

internal sealed record NewPolicy(string Name, string Document, string Path = "/", string Description = "")
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];
}

/// <summary>Managed policies: an account's own, and those of AWS that exist everywhere.</summary>
internal sealed class PolicyService
{
    /// <summary>Those of the account, by name.</summary>
    public IReadOnlyList<ManagedPolicy> List(string accountId, string pathPrefix = "/") => throw new NotImplementedException();

    /// <summary>arn:aws:iam::aws:policy/..., by name; the same for all accounts.</summary>
    public IReadOnlyList<ManagedPolicy> ListOfAws() => throw new NotImplementedException();

    /// <summary>Of any account, or of AWS.</summary>
    public ManagedPolicy? FindByArn(string arn) => throw new NotImplementedException();

    public ValueTask<IdentityResult<ManagedPolicy>> CreateAsync(string accountId, NewPolicy policy, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="withBelongings">Detach it everywhere and delete its versions first; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<ManagedPolicy>> DeleteAsync(string accountId, string arn, bool withBelongings, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<ManagedPolicyVersion>> CreateVersionAsync(string accountId, string arn, string document, bool asDefault, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<ManagedPolicy>> DeleteVersionAsync(string accountId, string arn, int number, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<ManagedPolicy>> SetDefaultVersionAsync(string accountId, string arn, int number, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<ManagedPolicy>> TagAsync(string accountId, string arn, IReadOnlyList<IdentityTag> tags, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<ManagedPolicy>> UntagAsync(string accountId, string arn, IReadOnlyList<string> keys, CancellationToken ct) => throw new NotImplementedException();
}
