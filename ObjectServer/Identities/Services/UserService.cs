namespace ObjectStore.Server.Identities;

/// <param name="Path">Begins and ends with '/'.</param>
/// <param name="Boundary">ARN of a managed policy.</param>
internal sealed record NewUser(string Name, string Path = "/", string? Boundary = null)
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];
}

/// <summary>Users and their access keys.</summary>
internal sealed class UserService
{
    /// <summary>By name. Those whose path begins with the prefix.</summary>
    public IReadOnlyList<User> List(string accountId, string pathPrefix = "/") => throw new NotImplementedException();

    public User? Find(string accountId, string name) => throw new NotImplementedException();

    /// <summary>Whose key that is; null if it is nobody's, or a root's.</summary>
    public User? FindByKey(string keyId) => throw new NotImplementedException();

    public ValueTask<IdentityResult<User>> CreateAsync(string accountId, NewUser user, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Null keeps what is there.</summary>
    public ValueTask<IdentityResult<User>> UpdateAsync(string accountId, string name, string? newName, string? newPath, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="withBelongings">Delete also its keys, memberships and policies; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<User>> DeleteAsync(string accountId, string name, bool withBelongings, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<User>> TagAsync(string accountId, string name, IReadOnlyList<IdentityTag> tags, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<User>> UntagAsync(string accountId, string name, IReadOnlyList<string> keys, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Makes a key; at most two a user.</summary>
    public ValueTask<IdentityResult<AccessKey>> CreateKeyAsync(string accountId, string name, GivenKey? given, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<AccessKey>> SetKeyActiveAsync(string accountId, string name, string keyId, bool isActive, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<AccessKey>> DeleteKeyAsync(string accountId, string name, string keyId, CancellationToken ct) => throw new NotImplementedException();
}
