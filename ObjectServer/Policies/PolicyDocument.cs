using ObjectStore.Server.Policies.Language;

namespace ObjectStore.Server.Policies;

/// <summary>
/// A parsed, validated and compiled policy. Immutable and safe for concurrent use; parse once and keep it, as evaluation
/// is cheap and parsing is not.
/// </summary>
internal sealed class PolicyDocument
{
    private readonly PolicyStatement[] _statements;

    internal PolicyDocument(PolicyType type, byte[] text, PolicyStatement[] statements)
    {
        Type = type;
        Text = text;
        _statements = statements;
        IsPublic = type == PolicyType.Resource && Array.Exists(statements, PublicAccess.IsPublic);
    }

    public PolicyType Type { get; }

    /// <summary>The document byte for byte as it was given.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>
    /// Whether a bucket with this policy counts as public: some statement allows somebody who is not fixed by its principal or
    /// by a condition (AWS, "The meaning of public"). Always false for other types.
    /// </summary>
    public bool IsPublic { get; }

    public IReadOnlyList<PolicyStatement> Statements => _statements;

    /// <summary>
    /// The principals that the document names, "*" left out, so that the caller can refuse those that do not exist.
    /// </summary>
    public IEnumerable<NamedPrincipal> NamedPrincipals =>
        _statements.SelectMany(statement => statement.Principals?.Named ?? []).Distinct();

    /// <summary>Never throws, whatever the bytes. Bounded by <see cref="PolicyLimits.MaxTextBytes"/>; the caller checks the kind's own limit.</summary>
    /// <param name="loose">Takes what Ceph's gateway takes, too. For all that was stored, which may have been accepted so once.</param>
    public static PolicyParseResult Parse(ReadOnlySpan<byte> json, PolicyType type, bool loose = false) => new PolicyParser(type, loose).Parse(json);

    /// <summary>
    /// What is wrong with a resource policy for this bucket, null if nothing: every resource must name the bucket or
    /// something in it, and every statement's actions must apply to its resources.
    /// </summary>
    /// <param name="loose">Whether actions need not apply, as with Ceph's gateway.</param>
    public PolicyError? CheckBucket(string bucket, bool loose = false) => BucketPolicyRules.Check(_statements, bucket, loose);

    /// <summary>What the document says to a request by itself.</summary>
    /// <param name="hasBoundary">Whether a permissions boundary is set for the one who asks.</param>
    internal Opinion Ask(in PolicyRequest request, bool hasBoundary)
    {
        var allowed = PrincipalMatch.None;
        foreach (var statement in _statements)
        {
            if (statement.Allows && allowed == PrincipalMatch.Direct) continue;
            var match = statement.Match(request, hasBoundary);
            if (match == PrincipalMatch.None) continue;
            if (!statement.Allows) return new Opinion(Denied: true, PrincipalMatch.None);
            if (match > allowed) allowed = match;
        }
        return new Opinion(Denied: false, allowed);
    }

    /// <param name="Allowed">How the best Allow statement names the one who asks; None if none applies.</param>
    internal readonly record struct Opinion(bool Denied, PrincipalMatch Allowed);
}
