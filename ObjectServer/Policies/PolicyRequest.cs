namespace ObjectStore.Server.Policies;

/// <summary>What is asked.</summary>
/// <param name="Action">With its vendor: s3:GetObject, iam:CreateUser, sts:AssumeRole.</param>
/// <param name="Resource">The ARN: arn:aws:s3:::bucket/key, arn:aws:iam::123456789012:user/name; "*" for actions without a resource.</param>
/// <param name="ResourceAccountId">Who owns the resource, twelve digits; null for actions that concern no other account (s3:ListAllMyBuckets).</param>
internal readonly record struct PolicyRequest(
    PolicyPrincipal Principal, string Action, string Resource, string? ResourceAccountId, IConditionContext Context)
{
    /// <summary>Whether a role may let somebody of another account in without that account's consent, as with Ceph's gateway.</summary>
    public bool TrustSuffices { get; init; }
}

/// <summary>What is attached to the one who asks. Immutable; made once for a credential, and anew when one of its policies changes.</summary>
/// <param name="Identity">The policies of the user and of its groups, or of the role, inline and managed.</param>
/// <param name="Boundary">The permissions boundary, if there is one.</param>
/// <param name="Session">The session policies; null if the session has none, in which case they limit nothing.</param>
internal sealed record PrincipalPolicies(
    IReadOnlyList<PolicyDocument> Identity, PolicyDocument? Boundary = null, IReadOnlyList<PolicyDocument>? Session = null)
{
    public static readonly PrincipalPolicies None = new([]);
}

/// <summary>What an ACL says about the request; an ACL counts as a policy of the resource.</summary>
internal enum AclGrant
{
    None,

    /// <summary>To the caller's account (by canonical id or to all authenticated users): the account still decides which of its users.</summary>
    Account,

    /// <summary>To everybody, the anonymous included.</summary>
    Everyone,
}

/// <summary>What is attached to what is asked for.</summary>
/// <param name="Policy">The bucket policy, or the trust policy of a role; null if there is none.</param>
/// <param name="BindsRoot">Whether the policy can take its own management from its owner's root, too.</param>
internal readonly record struct ResourcePolicies(PolicyDocument? Policy, AclGrant Acl = AclGrant.None, bool BindsRoot = false);
