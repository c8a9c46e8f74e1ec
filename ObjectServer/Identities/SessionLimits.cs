using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>
/// The policies that were passed when a session was made: it may do only what one of them, too, allows. Managed ones are looked up as they are now; one
/// that was deleted since allows nothing.
/// </summary>
internal sealed class SessionLimits(PolicyDocument? inline, IReadOnlyList<string> managedArns)
{
    private Combined? _combined;

    /// <summary>The role's policies with these.</summary>
    public PrincipalPolicies Apply(IdentityState state, PrincipalPolicies role, PolicyCompiler compiler)
    {
        var combined = _combined;
        if (combined is not null && ReferenceEquals(combined.State, state)) return combined.Policies;
        List<PolicyDocument> session = inline is null ? [] : [inline];
        foreach (var arn in managedArns)
        {
            if (state.FindPolicy(arn) is { } policy) session.Add(compiler.Parse(policy.Default.Document));
        }
        var policies = role with { Session = session };
        _combined = new Combined(state, policies);
        return policies;
    }

    private sealed record Combined(IdentityState State, PrincipalPolicies Policies);
}
