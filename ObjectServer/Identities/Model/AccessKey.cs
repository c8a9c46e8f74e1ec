using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Identities;

/// <summary>A long-lived key of a user or of an account's root.</summary>
internal sealed record AccessKey(string Id, Secret Secret, bool IsActive, DateTimeOffset CreatedAt);
