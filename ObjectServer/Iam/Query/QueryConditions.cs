using System.Globalization;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>
/// The condition keys of a call. Sources: "AWS global condition context keys", "Actions, resources, and condition keys for" IAM and STS.
/// </summary>
/// <param name="special">Keys of the call itself, asked first, by their names in lower case; null for those that it does not know.</param>
internal sealed class QueryConditions(QueryCall call, string resource, Func<string, ConditionValues?>? special = null) : IConditionContext
{
    private Principal Principal => call.Principal;

    private string Action => call.Request.Action ?? "";

    // A parameter counts only in calls that have it: in any other, whoever asks could send it along to fit a condition, and nothing would come of it.
    private bool SetsBoundary => Action is "CreateUser" or "CreateRole" or "PutUserPermissionsBoundary" or "PutRolePermissionsBoundary";

    private bool IsOfAttachment => Action.StartsWith("Attach", StringComparison.Ordinal) || Action.StartsWith("Detach", StringComparison.Ordinal);

    private bool Untags => Action.StartsWith("Untag", StringComparison.Ordinal);

    private IReadOnlyList<IdentityTag> RequestTags =>
        Action is "AssumeRole" or "CreateUser" or "CreateRole" or "CreatePolicy" or "CreateOpenIDConnectProvider" || Action.StartsWith("Tag", StringComparison.Ordinal)
            ? call.Request.Tags()
            : [];

    public ConditionValues GetValues(ConditionKey key)
    {
        if (special?.Invoke(key.Text.ToLowerInvariant()) is { } values) return values;
        return key.Name switch
        {
            "aws:currenttime" => Iso(call.Time),
            "aws:epochtime" => call.Time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            "aws:sourceip" => call.SourceAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4().ToString() : call.SourceAddress?.ToString(),
            "aws:securetransport" => call.IsTls ? "true" : "false",
            "aws:useragent" => call.UserAgent,
            "aws:username" => Principal.UserName,
            "aws:userid" => Principal.IsAnonymous ? null : Principal.UserId,
            "aws:principalarn" => Principal.IsAnonymous ? null : Principal.RoleArn ?? Principal.Arn,
            "aws:principalaccount" => Principal.IsAnonymous ? null : Principal.AccountId,
            "aws:principaltype" => Principal.Kind switch
            {
                PrincipalKind.Root => "Account",
                PrincipalKind.User => "User",
                PrincipalKind.AssumedRole => "AssumedRole",
                _ => "Anonymous",
            },
            "aws:principalisawsservice" or "aws:viaawsservice" => "false",
            "aws:principaltag" => ValueOf(Principal.Tags, key.Qualifier),
            "aws:tokenissuetime" => Principal.TokenIssueTime is { } issued ? Iso(issued) : null,
            "aws:sourceidentity" => Principal.SourceIdentity,
            "aws:federatedprovider" => Principal.FederatedProvider,
            "aws:requesttag" => ValueOf(RequestTags, key.Qualifier),
            "aws:tagkeys" => ConditionValues.Of([.. RequestTags.Select(tag => tag.Key), .. Untags ? call.Request.List("TagKeys") : []]),
            "aws:resourcetag" or "iam:resourcetag" => ValueOf(TagsOf(resource), key.Qualifier),
            "aws:resourceaccount" => IdentityArn.TryParse(resource, out var arn) ? arn.Account : null,
            "iam:policyarn" => IsOfAttachment ? call.Request["PolicyArn"] : null,
            "iam:permissionsboundary" => SetsBoundary ? call.Request["PermissionsBoundary"] : BoundaryOf(resource),
            _ => ClaimOf(key.Text),
        };
    }

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string? ValueOf(IReadOnlyList<IdentityTag> tags, string? key)
    {
        foreach (var tag in tags)
        {
            if (string.Equals(tag.Key, key, StringComparison.OrdinalIgnoreCase)) return tag.Value;
        }
        return null;
    }

    private ConditionValues ClaimOf(string key)
    {
        string[] values = [.. Principal.FederatedClaims.Where(claim => claim.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Select(claim => claim.Value)];
        return ConditionValues.Of(values);
    }

    private IReadOnlyList<IdentityTag> TagsOf(string arn) => EntityOf(arn)?.Tags ?? [];

    private string? BoundaryOf(string arn) => EntityOf(arn) is { } entity ? PolicyHolders.Of(entity).Boundary : null;

    private Entity? EntityOf(string arn)
    {
        if (!IdentityArn.TryParse(arn, out var parsed)) return null;
        return parsed.Type switch
        {
            IdentityArn.User => call.Identities.Users.Find(parsed.Account, parsed.Name),
            IdentityArn.Role => call.Identities.Roles.Find(parsed.Account, parsed.Name),
            IdentityArn.Policy => call.Identities.Policies.FindByArn(arn),
            _ => null,
        };
    }
}
