using System.CommandLine;
using System.Text.Json;
using System.Xml.Linq;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Server.Cli.Output;

namespace ObjectStore.Server.Cli.Commands;

/// <summary>What the commands about users, groups and roles have in common, in IAM's words.</summary>
internal static class Identities
{
    public static readonly Option<string> Path = Parts.Option("--path", "PATH", "Begins and ends with '/'");

    public static KeyView Key(XElement key) => new()
    {
        AccessKeyId = key.Required("AccessKeyId"),
        User = key.Text("UserName"),
        // Beside Inactive there is Expired.
        IsActive = key.Text("Status") is null or "Active",
        CreatedAt = key.Text("CreateDate"),
        ExpiresAt = key.Text("ExpirationDate"),
        SecretAccessKey = key.Text("SecretAccessKey"),
    };

    public static UserView User(XElement user) => new()
    {
        Name = user.Required("UserName"),
        Id = user.Required("UserId"),
        Arn = user.Required("Arn"),
        Path = user.Required("Path"),
        CreatedAt = user.Text("CreateDate"),
        PermissionsBoundary = user.Child("PermissionsBoundary")?.Text("PermissionsBoundaryArn"),
    };

    public static GroupView Group(XElement group) => new()
    {
        Name = group.Required("GroupName"),
        Id = group.Required("GroupId"),
        Arn = group.Required("Arn"),
        Path = group.Required("Path"),
        CreatedAt = group.Text("CreateDate"),
    };

    public static async Task<IReadOnlyList<string>> MembersAsync(IamClient iam, string group, CancellationToken ct) =>
        [.. (await iam.ListAsync("GetGroup", "Users", ct, ("GroupName", group))).Select(user => user.Required("UserName"))];

    /// <param name="holder">User, Group or Role.</param>
    public static async Task<IReadOnlyList<AttachedPolicyView>> AttachedAsync(IamClient iam, string holder, string name, CancellationToken ct) =>
        [.. (await iam.ListAsync($"ListAttached{holder}Policies", "AttachedPolicies", ct, (holder + "Name", name)))
            .Select(policy => new AttachedPolicyView(policy.Required("PolicyName"), policy.Required("PolicyArn")))];

    /// <inheritdoc cref="AttachedAsync"/>
    public static async Task<IReadOnlyList<string>> InlineAsync(IamClient iam, string holder, string name, CancellationToken ct) =>
        [.. (await iam.ListAsync($"List{holder}Policies", "PolicyNames", ct, (holder + "Name", name))).Select(policy => policy.Value)];

    /// <summary>Takes all policies away, as whatever is to be deleted must have none.</summary>
    /// <inheritdoc cref="AttachedAsync"/>
    public static async Task StripAsync(IamClient iam, string holder, string name, CancellationToken ct)
    {
        foreach (var policy in await AttachedAsync(iam, holder, name, ct))
            await iam.CallAsync($"Detach{holder}Policy", ct, (holder + "Name", name), ("PolicyArn", policy.Arn));
        foreach (var policy in await InlineAsync(iam, holder, name, ct))
            await iam.CallAsync($"Delete{holder}Policy", ct, (holder + "Name", name), ("PolicyName", policy));
    }

    /// <summary>A document that IAM gives percent-encoded.</summary>
    public static JsonElement? Document(string? encoded)
    {
        if (encoded is null) return null;
        try
        {
            return JsonElement.Parse(Uri.UnescapeDataString(encoded));
        }
        catch (JsonException exception)
        {
            throw CliException.Unreachable("The server's policy document is no JSON.", exception);
        }
    }
}
