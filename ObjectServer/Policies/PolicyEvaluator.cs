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
    public static PolicyDecision Evaluate(in PolicyRequest request, PrincipalPolicies principal, in ResourcePolicies resource) =>
        throw new NotImplementedException();
}
