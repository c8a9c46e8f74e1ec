using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>The policies that were passed when a session was made: it may do only what they, too, allow. Managed ones are looked up at each request.</summary>
internal sealed record SessionLimits(PolicyDocument? Inline, IReadOnlyList<string> ManagedArns);
