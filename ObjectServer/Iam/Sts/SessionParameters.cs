using System.Globalization;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>What the calls that assume roles have in common: name, duration, session policies.</summary>
internal sealed record SessionParameters(string SessionName, int Seconds, string? InlinePolicy, IReadOnlyList<string> PolicyArns)
{
    private const int MaxPolicyArns = 10;

    // AWS packs policies and tags into a binary form of its own size; this is a plain measure of the same quantities.
    private const int PackedChars = PolicyLimits.SessionChars + (MaxPolicyArns * IdentityArn.MaxLength);

    /// <summary>Null without session policies.</summary>
    public int? PackedPercent => InlinePolicy is null && PolicyArns.Count == 0
        ? null
        : Math.Max(1, 100 * ((InlinePolicy?.Length ?? 0) + PolicyArns.Sum(arn => arn.Length)) / PackedChars);

    public static IdentityResult<SessionParameters> Read(QueryCall call, Role role, bool isChained)
    {
        var request = call.Request;
        var name = request.Required("RoleSessionName");
        if (IdentityRules.SessionName(name) is { } nameRefusal) return nameRefusal;
        var seconds = request.Number("DurationSeconds") ?? Durations.OfRole;
        if (Durations.Check(seconds, role, isChained) is { } refusal) return refusal;
        var inline = request["Policy"];
        if (inline is not null && CheckInline(inline) is { } malformed) return malformed;
        var arns = ReadArns(request);
        if (arns.Count > MaxPolicyArns) return IdentityRules.Invalid("", "policyArns", $"Member must have length less than or equal to {MaxPolicyArns}");
        foreach (var arn in arns)
        {
            var policy = call.Identities.Policies.FindByArn(arn);
            if (policy is null || (policy.AccountId != role.AccountId && policy.AccountId != AwsPolicies.Account))
                return new Refusal(IdentityFault.MalformedPolicyDocument, $"Policy {(arn.Length <= 256 ? arn : arn[..256])} does not exist in the role's account.");
        }
        return new SessionParameters(name, seconds, inline, arns);
    }

    private static Refusal? CheckInline(string document) => document.Length is 0 or > PolicyLimits.SessionChars
        ? IdentityRules.Invalid(document, "policy", $"Member must have length between 1 and {PolicyLimits.SessionChars}, inclusive")
        : PolicyRules.Check(document, PolicyType.Identity, PolicyLimits.SessionChars, "SessionPolicySize");

    private static List<string> ReadArns(QueryRequest request)
    {
        var arns = new List<string>();
        while (arns.Count <= MaxPolicyArns && request[string.Create(CultureInfo.InvariantCulture, $"PolicyArns.member.{arns.Count + 1}.arn")] is { } arn) arns.Add(arn);
        return arns;
    }
}
