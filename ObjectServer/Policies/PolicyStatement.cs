using ObjectStore.Server.Policies.Conditions;
using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Policies;

/// <summary>One statement, compiled.</summary>
internal sealed class PolicyStatement
{
    /// <summary>The effect: true for Allow, false for Deny.</summary>
    public required bool Allows { get; init; }

    /// <summary>Null in policies of identities.</summary>
    public required PrincipalSet? Principals { get; init; }

    /// <summary>The principals are those whom the statement does not concern. Only with Deny.</summary>
    public required bool NotPrincipal { get; init; }

    public required PolicyText[] Actions { get; init; }

    public required bool NotAction { get; init; }

    /// <summary>Empty in trust policies, whose resource is their role.</summary>
    public required PolicyText[] Resources { get; init; }

    public required bool NotResource { get; init; }

    public required Condition[] Conditions { get; init; }

    /// <param name="hasBoundary">Whether a permissions boundary is set for the one who asks.</param>
    /// <returns>None if the statement does not concern the request.</returns>
    public PrincipalMatch Match(in PolicyRequest request, bool hasBoundary)
    {
        var match = MatchPrincipal(request, hasBoundary);
        if (match == PrincipalMatch.None || !MatchesAction(request.Action) || !MatchesResource(request)) return PrincipalMatch.None;
        foreach (var condition in Conditions)
        {
            if (!condition.Holds(request.Context, Allows)) return PrincipalMatch.None;
        }
        return match;
    }

    private PrincipalMatch MatchPrincipal(in PolicyRequest request, bool hasBoundary)
    {
        if (Principals is null) return PrincipalMatch.Direct;
        if (!NotPrincipal) return Principals.Match(request.Principal, request.ResourceAccountId);

        // AWS, "Permissions boundaries for IAM entities": a NotPrincipal spares nobody who has a boundary.
        var spared = !hasBoundary && Principals.NamesAllOf(request.Principal, request.ResourceAccountId);
        return spared ? PrincipalMatch.None : PrincipalMatch.Direct;
    }

    private bool MatchesAction(string action)
    {
        foreach (var pattern in Actions)
        {
            if (pattern.Matches(action, TextMatch.IgnoreCase)) return !NotAction;
        }
        return NotAction;
    }

    private bool MatchesResource(in PolicyRequest request)
    {
        if (Resources.Length == 0) return true;
        // What a variable without a value leaves open must not widen what is allowed.
        var unresolved = NotResource && Allows;
        foreach (var pattern in Resources)
        {
            if (pattern.Matches(request.Resource, request.Context, TextMatch.Arn, unresolved)) return !NotResource;
        }
        return NotResource;
    }
}
