namespace ObjectStore.Server.Identities;

internal sealed record NewRole(string Name, string TrustPolicy, string Path = "/", string Description = "", int MaxSessionSeconds = 3600, string? Boundary = null)
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];
}

/// <summary>Roles.</summary>
internal sealed class RoleService
{
    public IReadOnlyList<Role> List(string accountId, string pathPrefix = "/") => throw new NotImplementedException();

    public Role? Find(string accountId, string name) => throw new NotImplementedException();

    /// <param name="arn">arn:aws:iam::ACCOUNT:role/PATH/NAME; the path must be right.</param>
    public Role? FindByArn(string arn) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Role>> CreateAsync(string accountId, NewRole role, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Null keeps what is there.</summary>
    public ValueTask<IdentityResult<Role>> UpdateAsync(string accountId, string name, string? description, int? maxSessionSeconds, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Role>> SetTrustPolicyAsync(string accountId, string name, string document, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="withBelongings">Delete also its policies; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<Role>> DeleteAsync(string accountId, string name, bool withBelongings, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Role>> TagAsync(string accountId, string name, IReadOnlyList<IdentityTag> tags, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Role>> UntagAsync(string accountId, string name, IReadOnlyList<string> keys, CancellationToken ct) => throw new NotImplementedException();
}
