namespace ObjectStore.Server.Identities;

/// <summary>Makes principals of what is known.</summary>
internal static class Principals
{
    public static Principal OfRoot(Account account) => new(PrincipalKind.Root, account.Id, account.CanonicalId, account.Name, account.RootArn)
    {
        AccountName = account.Name,
        UserId = account.Id,
    };

    public static Principal OfUser(Account account, User user) => new(PrincipalKind.User, account.Id, account.CanonicalId, user.Name, user.Arn)
    {
        AccountName = account.Name,
        UserId = user.Id,
        Tags = user.Tags,
    };

    public static Principal OfRole(Account account, Role role, RoleSession session) =>
        new(PrincipalKind.AssumedRole, account.Id, account.CanonicalId, role.Name, $"arn:aws:sts::{account.ArnAccount}:assumed-role/{role.Name}/{session.Name}")
        {
            AccountName = account.Name,
            UserId = $"{role.Id}:{session.Name}",
            RoleArn = role.Arn,
            RoleId = role.Id,
            SessionName = session.Name,
            Tags = Merge(role.Tags, session.Tags),
            SourceIdentity = session.SourceIdentity,
            FederatedProvider = session.FederatedProvider,
            FederatedClaims = session.FederatedClaims,
            Session = session.Limits,
        };

    /// <summary>Tags of the session go before those of the role with the same key, whatever its case.</summary>
    private static IReadOnlyList<IdentityTag> Merge(IReadOnlyList<IdentityTag> ofRole, IReadOnlyList<IdentityTag> ofSession) =>
        ofSession.Count == 0 ? ofRole : [.. ofSession, .. ofRole.Where(tag => !ofSession.Any(other => other.Key.Equals(tag.Key, StringComparison.OrdinalIgnoreCase)))];
}

/// <summary>What was said when a role was assumed.</summary>
internal sealed record RoleSession(string Name)
{
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];

    public IReadOnlyList<string> TransitiveTagKeys { get; init; } = [];

    public string? SourceIdentity { get; init; }

    public string? FederatedProvider { get; init; }

    public IReadOnlyList<IdentityTag> FederatedClaims { get; init; } = [];

    public SessionLimits? Limits { get; init; }
}
