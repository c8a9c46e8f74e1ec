namespace ObjectStore.Erasure.Sets;

/// <summary>
/// What fails together with a drive. A drive is its own smallest domain; drives of one node share its power,
/// drives of one zone its room. Labels are compared as they are; the empty label is one domain like any other.
/// </summary>
public readonly record struct FailureDomain(string Node, string Zone)
{
    /// <summary>All drives of one machine: only the drive itself is a domain.</summary>
    public static FailureDomain Local { get; } = new("", "");
}
