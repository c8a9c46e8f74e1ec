namespace ObjectStore.Server.Policies;

internal enum PolicyVerdict
{
    /// <summary>Nothing allows it.</summary>
    ImplicitDeny,

    /// <summary>A Deny statement applies.</summary>
    ExplicitDeny,

    Allow,
}

/// <summary>Which kind of policy decided.</summary>
internal enum PolicyKind
{
    None,
    Identity,
    Boundary,
    Session,
    Resource,
    Acl,
}

/// <param name="By">What allowed or denied; for an implicit deny, what would have had to allow.</param>
internal readonly record struct PolicyDecision(PolicyVerdict Verdict, PolicyKind By)
{
    public bool IsAllowed => Verdict == PolicyVerdict.Allow;
}
