namespace ObjectStore.Server.Identities;

/// <summary>Groups and who is in them.</summary>
internal sealed class GroupService
{
    public IReadOnlyList<Group> List(string accountId, string pathPrefix = "/") => throw new NotImplementedException();

    public Group? Find(string accountId, string name) => throw new NotImplementedException();

    public IReadOnlyList<User> UsersOf(Group group) => throw new NotImplementedException();

    public IReadOnlyList<Group> GroupsOf(User user) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Group>> CreateAsync(string accountId, string name, string path, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Group>> UpdateAsync(string accountId, string name, string? newName, string? newPath, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="withBelongings">Delete also its policies and memberships; else they are a <see cref="IdentityFault.DeleteConflict"/>.</param>
    public ValueTask<IdentityResult<Group>> DeleteAsync(string accountId, string name, bool withBelongings, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Succeeds also where the user is in it already.</summary>
    public ValueTask<IdentityResult<Group>> AddUserAsync(string accountId, string name, string userName, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Group>> RemoveUserAsync(string accountId, string name, string userName, CancellationToken ct) => throw new NotImplementedException();
}
