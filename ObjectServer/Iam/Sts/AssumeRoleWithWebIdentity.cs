using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>
/// AssumeRoleWithWebIdentity: who shows a token of an OpenID Connect provider that the role's account knows, and is trusted by the role, gets a session of it.
/// The call is not signed. Source: STS API reference, "AssumeRoleWithWebIdentity"; IAM user guide, "Available keys for AWS web identity federation".
/// </summary>
internal sealed class AssumeRoleWithWebIdentity(IdentityService identities, WebIdentityVerifier verifier)
{
    private const string Action = "sts:AssumeRoleWithWebIdentity";

    public async ValueTask<Answer> RunAsync(QueryCall call, CancellationToken ct)
    {
        var request = call.Request;
        var arn = request.Required("RoleArn");
        var token = request.Required("WebIdentityToken");
        if (!IdentityArn.TryParse(arn, out var parsed) || parsed.Type != IdentityArn.Role)
            return new QueryError("ValidationError", 400, "Request ARN is invalid");
        if (request["ProviderId"] is not null)
            return new QueryError("InvalidParameterValue", 400, "OAuth 2.0 access tokens (ProviderId) are not supported; pass an OpenID Connect ID token.");

        var verified = await verifier.VerifyAsync(token, issuer => FindProvider(parsed.Account, issuer), ct);
        if (verified.Error is { } error) return error;
        var identity = verified.Identity!;
        var denied = new QueryError("AccessDenied", 403, $"Not authorized to perform {Action}");
        if (identities.Roles.FindByArn(arn) is not { } role) return denied;
        if (!IsTrusted(call, role, Action, identity)) return denied;
        if (identity.Tags.Count > 0 && !IsTrusted(call, role, "sts:TagSession", identity))
            return new QueryError("AccessDenied", 403, "Not authorized to perform sts:TagSession");

        var parameters = SessionParameters.Read(call, role, isChained: false);
        if (!parameters.IsOk) return parameters.Refusal;
        var session = new RoleSession(parameters.Value.SessionName)
        {
            Tags = identity.Tags,
            TransitiveTagKeys = identity.TransitiveTagKeys,
            FederatedProvider = identity.Provider.Arn,
            FederatedClaims = identity.Claims,
        };
        var made = identities.Sessions.Start(new RoleSessionRequest(
            role, session, TimeSpan.FromSeconds(parameters.Value.Seconds), parameters.Value.InlinePolicy, parameters.Value.PolicyArns));
        return Answer.Of(writer =>
        {
            writer.Element("SubjectFromWebIdentityToken", identity.Subject).Element("Audience", identity.Audience).Element("Provider", identity.Provider.Arn);
            SessionAnswers.WriteRoleSession(writer, made, parameters.Value);
        });
    }

    /// <param name="issuer">The token's, with its scheme.</param>
    private OidcProvider? FindProvider(string accountId, string issuer) =>
        identities.Providers.List(accountId).FirstOrDefault(provider => provider.Url.TrimEnd('/') == issuer.TrimEnd('/'));

    private static bool IsTrusted(QueryCall call, Role role, string action, WebIdentity identity)
    {
        var conditions = new QueryConditions(call, role.Arn, key => ValuesOf(call, identity, key));
        var principal = new PolicyPrincipal(PolicyPrincipalKind.WebIdentity, "", "", identity.Provider.Arn);
        var asked = new PolicyRequest(principal, action, role.Arn, role.AccountId, conditions);
        return TrustPolicies.Parse(role) is { } trust && PolicyEvaluator.Evaluate(asked, PrincipalPolicies.None, new ResourcePolicies(trust)).IsAllowed;
    }

    // What the token says is all that counts: parameters of the call, which nobody has signed, must not stand in for it.
    private static ConditionValues? ValuesOf(QueryCall call, WebIdentity identity, string key)
    {
        const string requestTag = "aws:requesttag/";
        if (key == "aws:federatedprovider") return identity.Provider.Arn;
        if (key == "sts:rolesessionname") return call.Request["RoleSessionName"];
        if (key == "aws:tagkeys") return ConditionValues.Of([.. identity.Tags.Select(tag => tag.Key)]);
        if (key == "sts:transitivetagkeys") return ConditionValues.Of(identity.TransitiveTagKeys);
        if (key.StartsWith(requestTag, StringComparison.Ordinal))
            return ConditionValues.Of([.. identity.Tags.Where(tag => IdentityRules.Same(tag.Key, key[requestTag.Length..])).Select(tag => tag.Value)]);
        string[] claims = [.. identity.Claims.Where(claim => IdentityRules.Same(claim.Key, key)).Select(claim => claim.Value)];
        return claims.Length > 0 ? ConditionValues.Of(claims) : null;
    }
}
