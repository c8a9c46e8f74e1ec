using System.Text.Json;
using System.Text.Json.Serialization;

namespace ObjectStore.Server.Cli.Output;

/// <summary>An access key of a user or of an account's root.</summary>
internal sealed record KeyView
{
    public required string AccessKeyId { get; init; }

    /// <summary>Absent for a root's.</summary>
    public string? User { get; init; }

    public required bool IsActive { get; init; }

    public string? CreatedAt { get; init; }

    /// <summary>Absent for a key that does not expire.</summary>
    public string? ExpiresAt { get; init; }

    /// <summary>Of a key that was asked for by a label; told where the admin API is asked.</summary>
    public string? Label { get; init; }

    public int? Generation { get; init; }

    /// <summary>Only where the key has just been made.</summary>
    public string? SecretAccessKey { get; init; }
}

/// <summary>A managed policy that is attached.</summary>
internal sealed record AttachedPolicyView(string Name, string Arn);

internal sealed record UserView
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Arn { get; init; }

    public required string Path { get; init; }

    public string? CreatedAt { get; init; }

    public string? PermissionsBoundary { get; init; }

    /// <summary>This and what follows is told of a single user only.</summary>
    public IReadOnlyList<KeyView>? Keys { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyList<AttachedPolicyView>? AttachedPolicies { get; init; }

    public IReadOnlyList<string>? InlinePolicies { get; init; }
}

internal sealed record GroupView
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Arn { get; init; }

    public required string Path { get; init; }

    public string? CreatedAt { get; init; }

    public IReadOnlyList<string>? Users { get; init; }

    public IReadOnlyList<AttachedPolicyView>? AttachedPolicies { get; init; }

    public IReadOnlyList<string>? InlinePolicies { get; init; }
}

internal sealed record RoleView
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Arn { get; init; }

    public required string Path { get; init; }

    public string? Description { get; init; }

    public int? MaxSessionSeconds { get; init; }

    public string? CreatedAt { get; init; }

    public string? PermissionsBoundary { get; init; }

    /// <summary>Who may assume it.</summary>
    public JsonElement? TrustPolicy { get; init; }

    public IReadOnlyList<AttachedPolicyView>? AttachedPolicies { get; init; }

    public IReadOnlyList<string>? InlinePolicies { get; init; }
}

internal sealed record PolicyView
{
    public required string Name { get; init; }

    public required string Id { get; init; }

    public required string Arn { get; init; }

    public required string Path { get; init; }

    public string? Description { get; init; }

    public string? DefaultVersion { get; init; }

    public int? AttachmentCount { get; init; }

    public string? CreatedAt { get; init; }

    public string? UpdatedAt { get; init; }

    /// <summary>Of the default version; told of a single policy only.</summary>
    public JsonElement? Document { get; init; }
}

/// <param name="Versioning">unversioned, enabled or suspended.</param>
internal sealed record VersioningView(string Name, string Versioning);

/// <summary>What <c>--json</c> writes of identities; docs/ADMIN.md tells its shape.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeyView))]
[JsonSerializable(typeof(UserView))]
[JsonSerializable(typeof(GroupView))]
[JsonSerializable(typeof(RoleView))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(VersioningView))]
internal sealed partial class CliJson : JsonSerializerContext;
