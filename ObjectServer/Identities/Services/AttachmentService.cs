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
internal sealed class AttachmentService
{
    /// <summary>Null if there is no such holder.</summary>
    public Attachments? Find(string accountId, PolicyHolder holder) => throw new NotImplementedException();

    /// <summary>Who has the managed policy attached, or as boundary.</summary>
    public IReadOnlyList<Entity> HoldersOf(string accountId, string policyArn, bool asBoundary) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Attachments>> PutInlineAsync(string accountId, PolicyHolder holder, string policyName, string document, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Attachments>> DeleteInlineAsync(string accountId, PolicyHolder holder, string policyName, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Succeeds also where it is attached already; at most ten.</summary>
    public ValueTask<IdentityResult<Attachments>> AttachAsync(string accountId, PolicyHolder holder, string policyArn, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask<IdentityResult<Attachments>> DetachAsync(string accountId, PolicyHolder holder, string policyArn, CancellationToken ct) => throw new NotImplementedException();

    /// <param name="policyArn">Null removes it.</param>
    public ValueTask<IdentityResult<Attachments>> SetBoundaryAsync(string accountId, PolicyHolder holder, string? policyArn, CancellationToken ct) => throw new NotImplementedException();
}
