namespace ObjectStore.Server.Policies;

internal enum PolicyPrincipalKind
{
    /// <summary>An unsigned request.</summary>
    Anonymous,

    /// <summary>The root of an account: needs no identity policy, only explicit denies of resources bind it.</summary>
    Root,

    /// <summary>An IAM user, or the temporary credentials of GetSessionToken, which are their user.</summary>
    User,

    /// <summary>A session of a role.</summary>
    AssumedRole,

    /// <summary>Somebody who shows the token of an identity provider to STS and is nobody in IAM yet.</summary>
    WebIdentity,

    /// <summary>A service that acts for itself, such as log delivery.</summary>
    Service,
}

/// <summary>The evaluator's view of who asks. Immutable; made once for a credential.</summary>
/// <param name="AccountId">Twelve digits; empty for the anonymous, web identities and services.</param>
/// <param name="CanonicalId">Of the account; empty where there is no account.</param>
/// <param name="Arn">
/// arn:aws:iam::A:root, arn:aws:iam::A:user/path/name, arn:aws:sts::A:assumed-role/role/session; the provider's ARN (or host) for a web identity; the
/// service's name (s3.amazonaws.com); "*" for the anonymous.
/// </param>
internal sealed record PolicyPrincipal(PolicyPrincipalKind Kind, string AccountId, string CanonicalId, string Arn)
{
    public static readonly PolicyPrincipal Anonymous = new(PolicyPrincipalKind.Anonymous, "", "", "*");

    /// <summary>The role of a session, with its path: arn:aws:iam::A:role/path/name. Null for all others.</summary>
    public string? RoleArn { get; init; }
}
