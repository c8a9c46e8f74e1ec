using System.Text;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>AssumeRole: who is trusted by a role, and may, gets a session of it. Source: STS API reference, "AssumeRole"; IAM user guide, "Passing session tags".</summary>
internal sealed class AssumeRole(IdentityService identities, S3Dialect dialect)
{
    private const string Action = "sts:AssumeRole";

    public Answer Run(QueryCall call)
    {
        var request = call.Request;
        var arn = request.Required("RoleArn");
        if (!IdentityArn.TryParse(arn, out var parsed) || parsed.Type != IdentityArn.Role) return QueryErrors.Validation($"{Cut(arn)} is invalid").Error;
        // Whether a role is there is not told to those whom it does not trust.
        var denied = QueryErrors.Denied(call.Principal, Action, Cut(arn));
        if (call.Principal.Kind == PrincipalKind.Root) return new QueryError("AccessDenied", 403, "Roles may not be assumed by root accounts.");
        if (identities.Roles.FindByArn(arn) is not { } role) return denied;

        var tags = ReadTags(call);
        if (!tags.IsOk) return tags.Refusal;
        if (!IsTrusted(call, role, Action, tags.Value)) return denied;
        if (tags.Value.Own.Count > 0 && !IsTrusted(call, role, "sts:TagSession", tags.Value)) return QueryErrors.Denied(call.Principal, "sts:TagSession", Cut(arn));
        var source = request["SourceIdentity"];
        if (source is not null && IdentityRules.SessionName(source, "sourceIdentity") is { } badSource) return badSource;
        if (source is not null && !IsTrusted(call, role, "sts:SetSourceIdentity", tags.Value)) return QueryErrors.Denied(call.Principal, "sts:SetSourceIdentity", Cut(arn));
        // Once set it stays in a chain of roles.
        if (call.Principal.SourceIdentity is { } inherited && source is not null && source != inherited)
            return new QueryError("AccessDenied", 403, "The source identity of a session cannot be changed.");

        var parameters = SessionParameters.Read(call, role, isChained: call.Principal.Kind == PrincipalKind.AssumedRole);
        if (!parameters.IsOk) return parameters.Refusal;
        var session = new RoleSession(parameters.Value.SessionName)
        {
            Tags = tags.Value.All,
            TransitiveTagKeys = tags.Value.TransitiveKeys,
            SourceIdentity = source ?? call.Principal.SourceIdentity,
        };
        var made = identities.Sessions.Start(new RoleSessionRequest(
            role, session, TimeSpan.FromSeconds(parameters.Value.Seconds), parameters.Value.InlinePolicy, parameters.Value.PolicyArns)
        {
            NotAfter = call.Credential?.NotAfter,
        });
        return Answer.Of(writer => SessionAnswers.WriteRoleSession(writer, made, parameters.Value));
    }

    private IdentityResult<SessionTags> ReadTags(QueryCall call)
    {
        var own = call.Request.Tags();
        var inherited = identities.Sessions.TransitiveTagsOf(call.SessionToken);
        if (own.FirstOrDefault(tag => inherited.Any(known => IdentityRules.Same(known.Key, tag.Key))) is { Key: not null } clash)
            return new Refusal(IdentityFault.InvalidInput, $"Tag {clash.Key} is inherited from the session that assumes this role and cannot be set again.");
        var all = IdentityRules.Tags(inherited, own);
        if (!all.IsOk) return all.Refusal;
        var transitive = call.Request.List("TransitiveTagKeys");
        if (transitive.FirstOrDefault(key => !own.Any(tag => IdentityRules.Same(tag.Key, key))) is { } unknown)
            return new Refusal(IdentityFault.InvalidInput, $"The transitive tag key {Cut(unknown)} is not among the tags.");
        return new SessionTags(own, all.Value, [.. transitive, .. inherited.Select(tag => tag.Key)]);
    }

    private bool IsTrusted(QueryCall call, Role role, string action, SessionTags tags)
    {
        var conditions = new QueryConditions(call, role.Arn, key => key switch
        {
            "sts:externalid" => (ConditionValues?)(ConditionValues)call.Request["ExternalId"],
            "sts:rolesessionname" => call.Request["RoleSessionName"],
            "sts:sourceidentity" => call.Request["SourceIdentity"],
            "sts:transitivetagkeys" => ConditionValues.Of(tags.TransitiveKeys),
            _ => null,
        });
        var asked = new PolicyRequest(call.Principal.ForPolicies, action, role.Arn, role.AccountId, conditions) { TrustSuffices = dialect.TrustPolicySuffices };
        return TrustPolicies.Parse(role) is { } trust
            && PolicyEvaluator.Evaluate(asked, identities.PoliciesOf(call.Principal), new ResourcePolicies(trust)).IsAllowed;
    }

    private static string Cut(string text) => text.Length <= 256 ? text : text[..256];

    /// <param name="Own">Passed with the call.</param>
    /// <param name="All">With those that are inherited.</param>
    private sealed record SessionTags(IReadOnlyList<IdentityTag> Own, IReadOnlyList<IdentityTag> All, IReadOnlyList<string> TransitiveKeys);
}

/// <summary>Parses trust policies.</summary>
internal static class TrustPolicies
{
    /// <summary>Null for one that is refused now, although it was accepted once: it trusts nobody.</summary>
    public static PolicyDocument? Parse(Role role) => PolicyDocument.Parse(Encoding.UTF8.GetBytes(role.TrustPolicy), PolicyType.Trust).Document;
}
