using ObjectStore.Server.Configuration;

namespace ObjectStore.Server.Iam;

/// <summary>The calls of STS.</summary>
internal sealed class StsActions(IdentityService identities, WebIdentityVerifier webIdentities, S3Dialect dialect)
{
    private const int DefaultTokenSeconds = 43_200;
    private const int MaxTokenSeconds = 129_600;
    private const int MaxRootTokenSeconds = 3_600;
    private const int MinSeconds = 900;

    private readonly AssumeRole _assumeRole = new(identities, dialect);
    private readonly AssumeRoleWithWebIdentity _withWebIdentity = new(identities, webIdentities);

    public IReadOnlyDictionary<string, RunQuery> All => new Dictionary<string, RunQuery>(StringComparer.Ordinal)
    {
        ["GetCallerIdentity"] = (call, _) => ValueTask.FromResult(GetCallerIdentity(call)),
        ["GetSessionToken"] = (call, _) => ValueTask.FromResult(GetSessionToken(call)),
        ["AssumeRole"] = (call, _) => ValueTask.FromResult(_assumeRole.Run(call)),
        ["AssumeRoleWithWebIdentity"] = _withWebIdentity.RunAsync,
    };

    /// <summary>Needs no permission, and no policy can deny it.</summary>
    private static Answer GetCallerIdentity(QueryCall call) => Answer.Of(writer => writer
        .Element("Arn", call.Principal.Arn).Element("UserId", call.Principal.UserId).Element("Account", call.Principal.AccountId));

    /// <summary>For users and roots with long-lived keys. Needs no permission; the session may do what its user may.</summary>
    private Answer GetSessionToken(QueryCall call)
    {
        var principal = call.Principal;
        if (principal.TokenIssueTime is not null || call.Credential is null)
            return new QueryError("AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
        if (call.Request["SerialNumber"] is not null || call.Request["TokenCode"] is not null)
            return new QueryError("AccessDenied", 403, "MultiFactorAuthentication failed, there is no such device.");
        var seconds = call.Request.Number("DurationSeconds") ?? DefaultTokenSeconds;
        if (Durations.Check(seconds, MinSeconds, MaxTokenSeconds) is { } refusal) return refusal;
        // AWS gives a root an hour at most, whatever it asks for.
        if (principal.Kind == PrincipalKind.Root) seconds = Math.Min(seconds, MaxRootTokenSeconds);
        var session = identities.Sessions.Start(call.Credential, TimeSpan.FromSeconds(seconds));
        return Answer.Of(writer => SessionAnswers.WriteCredentials(writer, session));
    }
}
