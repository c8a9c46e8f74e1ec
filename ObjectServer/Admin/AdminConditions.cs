using System.Globalization;
using System.Net;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Admin;

/// <summary>What policies may ask about a call of the admin API: AWS's global condition keys, as far as they have a meaning here.</summary>
/// <param name="source">The peer's address; null where there is none.</param>
internal sealed class AdminConditions(Principal principal, IPAddress? source, bool isSecure, DateTimeOffset now) : IConditionContext
{
    public ConditionValues GetValues(ConditionKey key) => key.Name switch
    {
        "aws:currenttime" => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "aws:epochtime" => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        "aws:sourceip" => (source is { IsIPv4MappedToIPv6: true } ? source.MapToIPv4() : source)?.ToString(),
        "aws:securetransport" => isSecure ? "true" : "false",
        "aws:principalarn" => principal.RoleArn ?? principal.Arn,
        "aws:principalaccount" or "aws:resourceaccount" => principal.AccountId,
        "aws:principaltype" => principal.Kind switch
        {
            PrincipalKind.Root => "Account",
            PrincipalKind.User => "User",
            _ => "AssumedRole",
        },
        "aws:userid" => principal.UserId,
        "aws:username" => principal.UserName,
        "aws:tokenissuetime" => principal.TokenIssueTime?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        "aws:principaltag" => Tag(key.Qualifier),
        _ => ConditionValues.None,
    };

    private string? Tag(string? name)
    {
        foreach (var tag in principal.Tags)
        {
            if (string.Equals(tag.Key, name, StringComparison.OrdinalIgnoreCase)) return tag.Value;
        }
        return null;
    }
}
