namespace ObjectStore.Server.Policies;

/// <summary>
/// A parsed, validated and compiled policy. Immutable and safe for concurrent use; parse once and keep it, as evaluation
/// is cheap and parsing is not.
/// </summary>
internal sealed class PolicyDocument
{
    public required PolicyType Type { get; init; }

    /// <summary>The document byte for byte as it was given.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>
    /// Whether a bucket with this policy counts as public: some statement allows somebody who is not fixed by its principal or
    /// by a condition (AWS, "The meaning of public"). Always false for other types.
    /// </summary>
    public bool IsPublic => throw new NotImplementedException();

    /// <summary>Never throws, whatever the bytes. Bounded by <see cref="PolicyLimits.MaxTextBytes"/>; the caller checks the kind's own limit.</summary>
    public static PolicyParseResult Parse(ReadOnlySpan<byte> json, PolicyType type) => throw new NotImplementedException();

    /// <summary>
    /// What is wrong with a resource policy for this bucket, null if nothing: every resource must name the bucket or
    /// something in it, and every statement's actions must apply to its resources.
    /// </summary>
    public PolicyError? CheckBucket(string bucket) => throw new NotImplementedException();

    /// <summary>
    /// The principals that the document names, as written ("*" left out), so that the caller can refuse those that do not exist.
    /// </summary>
    public IEnumerable<NamedPrincipal> NamedPrincipals => throw new NotImplementedException();
}
