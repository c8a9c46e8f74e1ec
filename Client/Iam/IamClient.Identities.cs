using System.Globalization;
using System.Xml.Linq;

namespace ObjectStore.Client.Iam;

/// <summary>Users and roles, their tags, inline policies and keys. Documents go in and come out as plain JSON.</summary>
public sealed partial class IamClient
{
    /// <exception cref="ClientException">EntityAlreadyExists, and all else.</exception>
    public async Task<IamIdentity> CreateAsync(NewIamIdentity wish, CancellationToken ct)
    {
        var kind = wish.Holder.Kind;
        var made = await CallAsync($"Create{kind}", ct,
        [
            ($"{kind}Name", wish.Holder.Name), ("Path", wish.Path), ("AssumeRolePolicyDocument", wish.TrustPolicy), ("Description", wish.Description),
            ("PermissionsBoundary", wish.PermissionsBoundary),
            ("MaxSessionDuration", wish.MaxSessionSeconds?.ToString(CultureInfo.InvariantCulture)), .. TagParameters(wish.Tags),
        ]);
        return IdentityOf(kind, made);
    }

    /// <summary>With its tags; null if there is none.</summary>
    public async Task<IamIdentity?> FindAsync(IamHolder holder, CancellationToken ct) =>
        await FindAsync($"Get{holder.Kind}", ct, NameOf(holder)) is { } found ? IdentityOf(holder.Kind, found) : null;

    /// <summary>Without their tags.</summary>
    /// <param name="pathPrefix">Begins with '/'.</param>
    public async Task<IReadOnlyList<IamIdentity>> ListAsync(IamHolderKind kind, string pathPrefix, CancellationToken ct) =>
        [.. (await ListAsync($"List{kind}s", $"{kind}s", ct, ("PathPrefix", pathPrefix))).Select(element => IdentityOfElement(kind, element))];

    /// <summary>It must have no keys and policies any more.</summary>
    /// <returns>False if there was none.</returns>
    public Task<bool> DeleteAsync(IamHolder holder, CancellationToken ct) => RemoveAsync($"Delete{holder.Kind}", ct, NameOf(holder));

    public Task SetTrustPolicyAsync(string role, string document, CancellationToken ct) =>
        CallAsync("UpdateAssumeRolePolicy", ct, ("RoleName", role), ("PolicyDocument", document));

    /// <summary>Adds tags, and replaces those of the same keys.</summary>
    public Task TagAsync(IamHolder holder, IReadOnlyDictionary<string, string> tags, CancellationToken ct) =>
        CallAsync($"Tag{holder.Kind}", ct, [NameOf(holder), .. TagParameters(tags)]);

    public Task UntagAsync(IamHolder holder, IEnumerable<string> keys, CancellationToken ct) =>
        CallAsync($"Untag{holder.Kind}", ct, [NameOf(holder), .. ListParameters("TagKeys", keys)]);

    public Task PutPolicyAsync(IamHolder holder, string policy, string document, CancellationToken ct) =>
        CallAsync($"Put{holder.Kind}Policy", ct, NameOf(holder), ("PolicyName", policy), ("PolicyDocument", document));

    /// <summary>Null if there is none.</summary>
    public async Task<string?> FindPolicyAsync(IamHolder holder, string policy, CancellationToken ct) =>
        await FindAsync($"Get{holder.Kind}Policy", ct, NameOf(holder), ("PolicyName", policy)) is { } found
            ? Uri.UnescapeDataString(found.Required("PolicyDocument")) : null;

    public async Task<IReadOnlyList<string>> ListPoliciesAsync(IamHolder holder, CancellationToken ct) =>
        [.. (await ListAsync($"List{holder.Kind}Policies", "PolicyNames", ct, NameOf(holder))).Select(name => name.Value)];

    /// <returns>False if there was none.</returns>
    public Task<bool> DeletePolicyAsync(IamHolder holder, string policy, CancellationToken ct) =>
        RemoveAsync($"Delete{holder.Kind}Policy", ct, NameOf(holder), ("PolicyName", policy));

    /// <summary>ARNs of the managed policies that it has.</summary>
    public async Task<IReadOnlyList<string>> ListAttachedPoliciesAsync(IamHolder holder, CancellationToken ct) =>
        [.. (await ListAsync($"ListAttached{holder.Kind}Policies", "AttachedPolicies", ct, NameOf(holder))).Select(policy => policy.Required("PolicyArn"))];

    /// <returns>False if it had not got it.</returns>
    public Task<bool> DetachPolicyAsync(IamHolder holder, string arn, CancellationToken ct) =>
        RemoveAsync($"Detach{holder.Kind}Policy", ct, NameOf(holder), ("PolicyArn", arn));

    public async Task<IReadOnlyList<string>> ListGroupsOfAsync(string user, CancellationToken ct) =>
        [.. (await ListAsync("ListGroupsForUser", "Groups", ct, ("UserName", user))).Select(group => group.Required("GroupName"))];

    /// <returns>False if it was not in it.</returns>
    public Task<bool> RemoveFromGroupAsync(string user, string group, CancellationToken ct) =>
        RemoveAsync("RemoveUserFromGroup", ct, ("UserName", user), ("GroupName", group));

    public async Task<IReadOnlyList<IamKey>> ListKeysAsync(string user, CancellationToken ct) =>
    [
        .. (await ListAsync("ListAccessKeys", "AccessKeyMetadata", ct, ("UserName", user)))
            .Select(key => new IamKey(key.Required("AccessKeyId"), key.Text("Status") != "Inactive", TimeOf(key))),
    ];

    /// <returns>False if there was none.</returns>
    public Task<bool> DeleteKeyAsync(string user, string key, CancellationToken ct) =>
        RemoveAsync("DeleteAccessKey", ct, ("UserName", user), ("AccessKeyId", key));

    private async Task<bool> RemoveAsync(string action, CancellationToken ct, params (string Name, string? Value)[] parameters) =>
        await FindAsync(action, ct, parameters) is not null;

    private static (string, string?) NameOf(IamHolder holder) => ($"{holder.Kind}Name", holder.Name);

    private static IamIdentity IdentityOf(IamHolderKind kind, XElement result) =>
        IdentityOfElement(kind, result.Child(kind.ToString()) ?? throw ClientException.Foreign($"The server's answer lacks {kind}."));

    private static IamIdentity IdentityOfElement(IamHolderKind kind, XElement element) => new(
        new IamHolder(kind, element.Required($"{kind}Name")), element.Required("Path"), element.Required($"{kind}Id"), element.Required("Arn"), TimeOf(element), TagsOf(element))
    {
        TrustPolicy = element.Text("AssumeRolePolicyDocument") is { } document ? Uri.UnescapeDataString(document) : null,
        MaxSessionSeconds = int.TryParse(element.Text("MaxSessionDuration"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
    };

    private static DateTimeOffset TimeOf(XElement element) =>
        DateTimeOffset.TryParse(element.Text("CreateDate"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
}
