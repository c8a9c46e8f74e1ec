using System.Text;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Identities;

/// <summary>Checks of policy documents before they are stored.</summary>
internal static class PolicyRules
{
    public static Refusal? Check(string document, PolicyType type, int maxCountedLength, string what, bool loose = false)
    {
        if (Encoding.UTF8.GetByteCount(document) > PolicyLimits.MaxTextBytes)
            return IdentityRules.Invalid(document, "policyDocument", $"Member must have length less than or equal to {PolicyLimits.MaxTextBytes}");
        var parsed = PolicyDocument.Parse(Encoding.UTF8.GetBytes(document), type, loose);
        if (!parsed.IsOk) return new Refusal(IdentityFault.MalformedPolicyDocument, parsed.Error.Message);
        return PolicyLimits.CountedLength(document) > maxCountedLength ? IdentityQuotas.Exceeded(what, maxCountedLength) : null;
    }

    /// <summary>A role's trust policy. Whom it names must exist, else a principal that is made later would be trusted by accident.</summary>
    public static Refusal? CheckTrust(string document, Func<string, bool> exists)
    {
        if (Check(document, PolicyType.Trust, PolicyLimits.TrustChars, "ACLSizePerRole") is { } refusal) return refusal;
        var parsed = PolicyDocument.Parse(Encoding.UTF8.GetBytes(document), PolicyType.Trust);
        foreach (var named in parsed.Document!.NamedPrincipals)
        {
            if (named.Kind is PrincipalNameKind.Account or PrincipalNameKind.Arn && !exists(named.Value))
                return new Refusal(IdentityFault.MalformedPolicyDocument, $"Invalid principal in policy: \"AWS\":\"{named.Value}\"");
        }
        return null;
    }

    /// <summary>All inline policies of a holder together.</summary>
    public static Refusal? CheckInlineSum(Attachments attachments, PolicyHolderKind kind)
    {
        var limit = kind switch
        {
            PolicyHolderKind.User => PolicyLimits.UserInlineChars,
            PolicyHolderKind.Group => PolicyLimits.GroupInlineChars,
            _ => PolicyLimits.RoleInlineChars,
        };
        if (attachments.Inline.Values.Sum(document => PolicyLimits.CountedLength(document)) > limit)
            return new Refusal(IdentityFault.LimitExceeded, $"Maximum policy size of {limit} bytes exceeded for {kind.ToString().ToLowerInvariant()}");
        return attachments.Inline.Count > IdentityQuotas.InlinePolicies ? IdentityQuotas.Exceeded("InlinePolicies", IdentityQuotas.InlinePolicies) : null;
    }
}
