namespace ObjectStore.Server.Policies;

/// <summary>
/// Decides as AWS documents it ("Policy evaluation logic" of the IAM user guide). Pure: no state, no I/O, safe from any thread; allocates only
/// where policy variables need it.
/// </summary>
internal static class PolicyEvaluator
{
    /// <summary>
    /// An explicit deny anywhere wins. Within one account the identity's policies or the resource's must allow; across accounts both. Boundaries
    /// and session policies limit what the identity's policies allow. The root of an account is allowed what its resources do not deny, and can
    /// always read, change and remove the policies of its own buckets.
    /// </summary>
    /// <remarks>
    /// For sts:AssumeRole and its like pass the role's trust policy as the resource's: it must allow, also within one account.
    /// </remarks>
    public static PolicyDecision Evaluate(in PolicyRequest request, PrincipalPolicies principal, in ResourcePolicies resource)
    {
        var isOwn = request.ResourceAccountId is null
            || (request.Principal.AccountId.Length > 0 && request.Principal.AccountId == request.ResourceAccountId);
        if (isOwn && request.Principal.Kind == PolicyPrincipalKind.Root && principal.Session is null && !resource.BindsRoot && IsPolicyOfBucket(request))
            return Allow(PolicyKind.Identity);

        var hasBoundary = principal.Boundary is not null;
        var byResource = resource.Policy?.Ask(request, hasBoundary) ?? default;
        if (byResource.Denied) return Deny(PolicyKind.Resource);
        var byIdentity = AskIdentity(request, principal);
        if (byIdentity.Verdict == PolicyVerdict.ExplicitDeny) return byIdentity;

        var grant = new Grant(byResource.Allowed, resource.Acl);
        var isTrust = resource.Policy?.Type == PolicyType.Trust;
        return request.Principal.Kind switch
        {
            PolicyPrincipalKind.Anonymous or PolicyPrincipalKind.Service or PolicyPrincipalKind.WebIdentity =>
                grant.IsDirect ? Allow(grant.By) : Missing(PolicyKind.Resource),
            _ when isOwn || (isTrust && request.TrustSuffices) => WithinAccount(request, principal, grant, byIdentity, isTrust),
            _ => AcrossAccounts(grant, byIdentity),
        };
    }

    /// <summary>
    /// "Policy evaluation for requests within a single account": a resource's policy that names the user or the session itself, or everybody, needs
    /// nothing else; one that names the role counts like a policy of the role.
    /// </summary>
    private static PolicyDecision WithinAccount(
        in PolicyRequest request, PrincipalPolicies principal, Grant grant, PolicyDecision byIdentity, bool isTrust)
    {
        if (isTrust && !grant.Any) return Missing(PolicyKind.Resource);
        if (grant.IsDirect) return Allow(grant.By);
        if (grant.Policy != PrincipalMatch.Role || byIdentity.By != PolicyKind.Identity) return byIdentity;
        return Limit(request, principal) is { } missing ? missing : Allow(PolicyKind.Resource);
    }

    /// <summary>"Cross-account policy evaluation logic": both accounts have to allow.</summary>
    private static PolicyDecision AcrossAccounts(Grant grant, PolicyDecision byIdentity)
    {
        if (!grant.Any) return Missing(PolicyKind.Resource);
        return byIdentity.IsAllowed ? Allow(grant.By) : byIdentity;
    }

    /// <summary>
    /// What stands on the side of the one who asks: explicit denies of any kind first, then what has to allow.
    /// </summary>
    private static PolicyDecision AskIdentity(in PolicyRequest request, PrincipalPolicies principal)
    {
        var allowed = request.Principal.Kind == PolicyPrincipalKind.Root;
        for (var index = 0; index < principal.Identity.Count; index++)
        {
            var opinion = principal.Identity[index].Ask(request, hasBoundary: false);
            if (opinion.Denied) return Deny(PolicyKind.Identity);
            allowed |= opinion.Allowed != PrincipalMatch.None;
        }
        if (principal.Boundary?.Ask(request, hasBoundary: false).Denied == true) return Deny(PolicyKind.Boundary);
        for (var index = 0; index < (principal.Session?.Count ?? 0); index++)
        {
            if (principal.Session![index].Ask(request, hasBoundary: false).Denied) return Deny(PolicyKind.Session);
        }
        if (!allowed) return Missing(PolicyKind.Identity);
        return Limit(request, principal) ?? Allow(PolicyKind.Identity);
    }

    /// <summary>The boundary and the session policies, where there are any, have to allow. Null if they do.</summary>
    private static PolicyDecision? Limit(in PolicyRequest request, PrincipalPolicies principal)
    {
        if (principal.Boundary is { } boundary && boundary.Ask(request, hasBoundary: false).Allowed == PrincipalMatch.None)
            return Missing(PolicyKind.Boundary);
        if (principal.Session is not { } session) return null;
        for (var index = 0; index < session.Count; index++)
        {
            if (session[index].Ask(request, hasBoundary: false).Allowed != PrincipalMatch.None) return null;
        }
        return Missing(PolicyKind.Session);
    }

    /// <summary>S3, PutBucketPolicy: the owner's root is never locked out, whatever a policy says.</summary>
    private static bool IsPolicyOfBucket(in PolicyRequest request) =>
        request.Action.Equals("s3:PutBucketPolicy", StringComparison.OrdinalIgnoreCase)
        || request.Action.Equals("s3:GetBucketPolicy", StringComparison.OrdinalIgnoreCase)
        || request.Action.Equals("s3:DeleteBucketPolicy", StringComparison.OrdinalIgnoreCase);

    private static PolicyDecision Allow(PolicyKind by) => new(PolicyVerdict.Allow, by);

    private static PolicyDecision Deny(PolicyKind by) => new(PolicyVerdict.ExplicitDeny, by);

    private static PolicyDecision Missing(PolicyKind by) => new(PolicyVerdict.ImplicitDeny, by);

    /// <summary>What the resource grants, by its policy or its ACL.</summary>
    private readonly record struct Grant(PrincipalMatch Policy, AclGrant Acl)
    {
        public bool Any => Policy != PrincipalMatch.None || Acl != AclGrant.None;

        public bool IsDirect => Policy == PrincipalMatch.Direct || Acl == AclGrant.Everyone;

        public PolicyKind By =>
            Policy == PrincipalMatch.None || (Policy != PrincipalMatch.Direct && Acl == AclGrant.Everyone) ? PolicyKind.Acl : PolicyKind.Resource;
    }
}
