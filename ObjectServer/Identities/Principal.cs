using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

internal enum PrincipalKind
{
    Anonymous,

    /// <summary>The root of an account.</summary>
    Root,

    User,

    /// <summary>A session of a role.</summary>
    AssumedRole,
}

/// <summary>Who makes a request, once its signature has been verified. What it may do is asked of <see cref="IIdentities"/>, by its ids.</summary>
/// <param name="AccountId">Twelve digits; empty for the anonymous.</param>
/// <param name="CanonicalId">The account's canonical id: the owner in S3's listings and ACLs, 64 hex digits.</param>
/// <param name="Name">Of the user or role, case kept; "root" or the like for the root of an account.</param>
/// <param name="Arn">As policies name it: arn:aws:iam::ACCOUNT:root, :user/PATH/NAME, or arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION.</param>
internal sealed record Principal(PrincipalKind Kind, string AccountId, string CanonicalId, string Name, string Arn)
{
    public static readonly Principal Anonymous = new(
        PrincipalKind.Anonymous, "", "65a011a29cdf8ec533ec3d1ccaae921c", "anonymous", "*")
    { UserId = "anonymous" };

    public bool IsAnonymous => Kind == PrincipalKind.Anonymous;

    /// <summary>The account's name, as owners in S3's answers are displayed.</summary>
    public string AccountName { get; init; } = Name;

    /// <summary>aws:userid: the account id for a root, AIDA... for a user, AROA...:SESSION for a role's session.</summary>
    public string UserId { get; init; } = AccountId;

    /// <summary>aws:username: there for users only.</summary>
    public string? UserName => Kind == PrincipalKind.User ? Name : null;

    /// <summary>arn:aws:iam::ACCOUNT:role/PATH/NAME of a role's session; null for anybody else.</summary>
    public string? RoleArn { get; init; }

    /// <summary>AROA... of a role's session; null for anybody else.</summary>
    public string? RoleId { get; init; }

    public string? SessionName { get; init; }

    /// <summary>aws:PrincipalTag/...: the tags of the user or role, with those of the session over them. Keys differ in more than case.</summary>
    public IReadOnlyList<IdentityTag> Tags { get; init; } = [];

    /// <summary>aws:TokenIssueTime; null without a session token.</summary>
    public DateTimeOffset? TokenIssueTime { get; init; }

    /// <summary>Of a root: the ARN of the operator who has become it for a while; null for anybody else.</summary>
    public string? AssumedBy { get; init; }

    /// <summary>aws:SourceIdentity of a role's session.</summary>
    public string? SourceIdentity { get; init; }

    /// <summary>aws:FederatedProvider: the ARN of the identity provider whose token was exchanged for this session.</summary>
    public string? FederatedProvider { get; init; }

    /// <summary>What the identity provider's token said (keys as in trust policies, "ISSUER:sub" and so on); empty for anybody else.</summary>
    public IReadOnlyList<IdentityTag> FederatedClaims { get; init; } = [];

    /// <summary>Policies that bound this session alone; null when it has none.</summary>
    public SessionLimits? Session { get; init; }

    /// <summary>The evaluator's view; made once.</summary>
    public PolicyPrincipal ForPolicies => field ??= new PolicyPrincipal(KindForPolicies, AccountId, CanonicalId, Arn) { RoleArn = RoleArn };

    private PolicyPrincipalKind KindForPolicies => Kind switch
    {
        PrincipalKind.Root => PolicyPrincipalKind.Root,
        PrincipalKind.User => PolicyPrincipalKind.User,
        PrincipalKind.AssumedRole => PolicyPrincipalKind.AssumedRole,
        _ => PolicyPrincipalKind.Anonymous,
    };

    /// <summary>No means of multi-factor authentication exists here: aws:MultiFactorAuthPresent is absent from every request.</summary>
    public static bool? IsMultiFactor => null;
}

/// <summary>A tag of an identity or a session: 1 to 128 characters of key, up to 256 of value.</summary>
internal readonly record struct IdentityTag(string Key, string Value);
