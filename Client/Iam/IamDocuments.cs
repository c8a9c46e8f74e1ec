namespace ObjectStore.Client.Iam;

/// <summary>Whose tags and inline policies a call is about.</summary>
public enum IamHolderKind
{
    User,
    Role,
}

/// <summary>A user or a role by its name.</summary>
public readonly record struct IamHolder(IamHolderKind Kind, string Name)
{
    public static IamHolder User(string name) => new(IamHolderKind.User, name);

    public static IamHolder Role(string name) => new(IamHolderKind.Role, name);
}

/// <summary>A user or a role.</summary>
/// <param name="Tags">Empty in listings, which do not tell them.</param>
public sealed record IamIdentity(IamHolder Holder, string Path, string Id, string Arn, DateTimeOffset CreatedAt, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>Who may assume it, as JSON; of roles only.</summary>
    public string? TrustPolicy { get; init; }

    public int? MaxSessionSeconds { get; init; }
}

/// <summary>A user or a role to be made.</summary>
public sealed record NewIamIdentity(IamHolder Holder)
{
    /// <summary>Begins and ends with '/'.</summary>
    public string Path { get; init; } = "/";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>Of roles, which need one.</summary>
    public string? TrustPolicy { get; init; }

    /// <summary>Of roles; 3600 to 43200.</summary>
    public int? MaxSessionSeconds { get; init; }

    public string? Description { get; init; }

    /// <summary>ARN of the managed policy that bounds what all others may allow it.</summary>
    public string? PermissionsBoundary { get; init; }
}

/// <summary>An access key without its secret.</summary>
public sealed record IamKey(string Id, bool IsActive, DateTimeOffset CreatedAt);

/// <summary>An OpenID Connect provider whose tokens are taken.</summary>
/// <param name="Url">Without its scheme.</param>
public sealed record OpenIdProvider(string Arn, string Url, IReadOnlyList<string> ClientIds, IReadOnlyList<string> Thumbprints);
