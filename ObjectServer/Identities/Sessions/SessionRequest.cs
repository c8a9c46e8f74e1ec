using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>A session of a role to be made; all in it has been checked.</summary>
/// <param name="InlinePolicy">A session policy's document; null for none.</param>
internal sealed record RoleSessionRequest(Role Role, RoleSession Session, TimeSpan Duration, string? InlinePolicy, IReadOnlyList<string> PolicyArns)
{
    /// <summary>When the access key expires that the role is assumed with; null if it does not, or there is none.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}

/// <summary>What temporary credentials are.</summary>
internal sealed record SessionCredentials(string AccessKey, string Secret, string Token, DateTimeOffset ExpiresAt, Principal Principal)
{
    public override string ToString() => AccessKey;
}
