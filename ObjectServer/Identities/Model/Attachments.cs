using System.Collections.Immutable;

namespace ObjectStore.Server.Identities;

/// <summary>The policies of a user, group or role. Immutable.</summary>
internal sealed record Attachments
{
    public static readonly Attachments None = new();

    /// <summary>Documents by name, as they were given.</summary>
    public ImmutableSortedDictionary<string, string> Inline { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>ARNs of managed policies, in the order of attaching.</summary>
    public ImmutableArray<string> Managed { get; init; } = [];

    /// <summary>ARN of the managed policy that is the permission boundary; users and roles only.</summary>
    public string? Boundary { get; init; }
}
