using System.Collections.Frozen;
using ObjectStore.Server.Policies.Conditions;

namespace ObjectStore.Server.Policies;

/// <summary>
/// What makes a bucket policy public. Source: "Blocking public access to your Amazon S3 storage", section "The meaning of public": a statement is
/// not public if its principals, or the values of one of these keys, are fixed, that is, without wildcards and variables.
/// </summary>
internal static class PublicAccess
{
    private const int WidestV4PrefixBits = 8;
    private const int WidestV6PrefixBits = 32;

    private static readonly FrozenSet<string> FixingKeys = new[]
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename",
        "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid",
        "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly AddressRange[] PrivateRanges = [.. new[] { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16" }.Select(ParseRange)];

    public static bool IsPublic(PolicyStatement statement) =>
        statement.Allows
        && statement.Principals is { HasEveryone: true }
        && !Array.Exists(statement.Conditions, Restricts);

    /// <summary>A condition that holds without the key, or for all values but some, restricts nobody.</summary>
    private static bool Restricts(Condition condition)
    {
        var how = condition.Operator;
        if (how.Negated || how.IfExists || how.Quantifier == Quantifier.ForAllValues) return false;
        switch (how.Family)
        {
            case ConditionFamily.IpAddress:
                return condition.Key.Name == "aws:sourceip" && condition.Values.All(IsNarrow);
            case ConditionFamily.String or ConditionFamily.StringIgnoreCase or ConditionFamily.StringLike or ConditionFamily.Arn:
                return FixingKeys.Contains(condition.Key.Name) && condition.Values.All(value => IsFixed(condition.Key.Name, value));
            default:
                return false;
        }
    }

    private static bool IsFixed(string key, string value)
    {
        // Of an access point, the account is enough.
        if (key == "s3:dataaccesspointarn" && value.Split(':', 6) is [_, _, _, _, var account, _] && account.Length > 0)
            return account.IndexOfAny(['*', '?', '$']) < 0;
        // The user id of whoever has not signed.
        if (key == "aws:userid" && value.Equals("anonymous", StringComparison.OrdinalIgnoreCase)) return false;
        return value.IndexOfAny(['*', '?']) < 0 && !value.Contains("${", StringComparison.Ordinal);
    }

    /// <summary>Wider than /8, or /32 of IPv6, is as good as everybody; private networks are not.</summary>
    private static bool IsNarrow(string value)
    {
        var range = ParseRange(value);
        return range.PrefixBits >= (range.IsV4 ? WidestV4PrefixBits : WidestV6PrefixBits)
            || Array.Exists(PrivateRanges, network => network.Contains(range));
    }

    private static AddressRange ParseRange(string text) =>
        AddressRange.TryParse(text, out var range) ? range : throw new ArgumentException($"Not an address: {text}", nameof(text));
}
