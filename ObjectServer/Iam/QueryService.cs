using System.Collections.Frozen;
using ObjectStore.Server.Configuration;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Iam;

/// <summary>The calls of IAM, of STS and, for topics, of SNS: finds the one that is asked for, asks the caller's policies, and runs it.</summary>
internal sealed class QueryService
{
    public const string IamVersion = "2010-05-08";
    public const string StsVersion = "2011-06-15";
    public const string SnsVersion = "2010-03-31";

    private static readonly FrozenDictionary<string, QueryAction> IamActions = new[]
    {
        UserActions.All, KeyActions.All, GroupActions.All, RoleActions.All, HolderActions.All, PolicyActions.All, ProviderActions.All, AccountActions.All,
    }.SelectMany(actions => actions).ToFrozenDictionary(action => action.Name, StringComparer.Ordinal);

    private readonly IdentityService _identities;
    private readonly FrozenDictionary<string, RunQuery> _stsActions;
    private readonly TopicActions? _topics;

    /// <param name="dialect">Whose answers are given where AWS and Ceph differ.</param>
    /// <param name="topics">Null where there are no notifications.</param>
    public QueryService(IdentityService identities, WebIdentityVerifier webIdentities, S3Dialect dialect, TopicActions? topics = null)
    {
        _topics = topics;
        _identities = identities;
        _stsActions = new StsActions(identities, webIdentities, dialect).All.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The namespace of the answer to a call.</summary>
    public static string NamespaceOf(QueryRequest? request) => request?.Version switch
    {
        StsVersion => "https://sts.amazonaws.com/doc/2011-06-15/",
        SnsVersion => "http://sns.amazonaws.com/doc/2010-03-31/",
        _ => "https://iam.amazonaws.com/doc/2010-05-08/",
    };

    /// <summary>Whether this call may come without a signature.</summary>
    public static bool IsOpen(QueryRequest request) => request is { Version: StsVersion, Action: "AssumeRoleWithWebIdentity" };

    public async ValueTask<Answer> RunAsync(QueryCall call, CancellationToken ct)
    {
        try
        {
            var request = call.Request;
            if (request.Action is not { Length: > 0 } action) return QueryErrors.MissingAction;
            return request.Version switch
            {
                IamVersion when IamActions.TryGetValue(action, out var found) => await RunAsync(found, call, ct),
                IamVersion when NotBuilt.Iam.Contains(action) => QueryErrors.NotImplemented(action),
                StsVersion when _stsActions.TryGetValue(action, out var run) => await run(call, ct),
                StsVersion when NotBuilt.Sts.Contains(action) => QueryErrors.NotImplemented(action),
                SnsVersion when _topics is not null && _topics.Has(action) => await _topics.RunAsync(call, ct),
                SnsVersion when NotBuilt.Sns.Contains(action) => QueryErrors.NotImplemented(action),
                _ => QueryErrors.UnknownAction(action, request.Version),
            };
        }
        catch (QueryException e)
        {
            return e.Error;
        }
    }

    private async ValueTask<Answer> RunAsync(QueryAction action, QueryCall call, CancellationToken ct)
    {
        var principal = call.Principal;
        var name = "iam:" + action.Name;
        var resource = action.Resource(call);
        // "You cannot call any IAM API operations unless MFA authentication information is included" (GetSessionToken).
        // An operator becomes a root for just that.
        if (principal is { TokenIssueTime: not null, Kind: not PrincipalKind.AssumedRole, AssumedBy: null }) return QueryErrors.Denied(principal, name, resource);
        if (!IsAllowed(call, name, resource)) return QueryErrors.Denied(principal, name, resource);
        if (action.Target?.Invoke(call) is { } target && target != resource && !IsAllowed(call, name, target)) return QueryErrors.Denied(principal, name, target);
        return await action.RunAsync(call, ct);
    }

    private bool IsAllowed(QueryCall call, string action, string resource)
    {
        var asked = new PolicyRequest(call.Principal.ForPolicies, action, resource, call.AccountId, new QueryConditions(call, resource));
        return PolicyEvaluator.Evaluate(asked, _identities.PoliciesOf(call.Principal), default).IsAllowed;
    }
}
