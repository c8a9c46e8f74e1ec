using System.Diagnostics.CodeAnalysis;
using ObjectStore.Server.Admin.Calls;
using ObjectStore.Server.Notifications;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.S3;

namespace ObjectStore.Server.Admin;

/// <summary>
/// What operators may see and change, apart from its transport: which call it is, who may make it, the call itself. In that order, so
/// that nothing of a body is read for somebody who is not allowed to send it. Used by all connections at once.
/// </summary>
internal sealed class AdminApi
{
    public const string Prefix = "/-/admin/v1/";

    public const int MaxBodyBytes = 1 << 20;

    /// <summary>Calls at work at the same time; operators are few, and data comes first.</summary>
    public const int MaxConcurrent = 16;

    private const int MaxSegments = 6;

    private readonly AdminCall[] _calls;
    private readonly IdentityService _identities;
    private readonly ILogger _logger;
    private int _running;

    /// <param name="further">Calls of what else the store has.</param>
    public AdminApi(
        IdentityService identities, BucketService buckets, NotificationService notifications, string region, IServerStatus status, ILogger<AdminApi> logger,
        IEnumerable<AdminCall>? further = null)
    {
        _identities = identities;
        _logger = logger;
        _calls =
        [
            .. new ServerCalls(status).All,
            .. new AccountCalls(identities, buckets).All,
            .. new RootKeyCalls(identities).All,
            .. new UserKeyCalls(identities).All,
            .. new SessionCalls(identities, logger).All,
            .. new BucketCalls(identities, buckets).All,
            .. new BucketQuotaCalls(buckets).All,
            .. new TargetCalls(notifications, region).All,
            .. new BucketStorageClassCalls(buckets).All,
            .. new BucketCompressionCalls(buckets).All,
            .. further ?? [],
        ];
    }

    public IReadOnlyList<AdminCall> Calls => _calls;

    /// <param name="rawPath">Begins with <see cref="Prefix"/>.</param>
    public bool TryRoute(string method, string rawPath, S3Query query, [NotNullWhen(true)] out AdminRoute? route, [NotNullWhen(false)] out AdminError? refused)
    {
        (route, refused) = (null, null);
        var path = rawPath[Prefix.Length..].Split('/', MaxSegments + 1);
        for (var i = 0; i < path.Length; i++)
        {
            if (PercentEncoding.DecodePath(path[i]) is not { Length: > 0 and <= 256 } segment)
            {
                refused = AdminError.NoSuchCall("such path");
                return false;
            }
            path[i] = segment;
        }
        var isPath = false;
        foreach (var call in _calls)
        {
            if (call.Match(path) is not { } values) continue;
            isPath = true;
            if (call.Method != method) continue;
            refused = CheckQuery(call, query);
            if (refused is null) route = new AdminRoute(call, values, query);
            return refused is null;
        }
        refused = isPath ? AdminError.NotAllowed(method) : AdminError.NoSuchCall(rawPath.Length <= 256 ? rawPath : "such path");
        return false;
    }

    /// <summary>Null if it is allowed.</summary>
    public AdminError? Authorize(AdminRoute route, Principal principal, IConditionContext context)
    {
        var action = AdminResources.NameOf(route.Call.Action);
        if (Judge(route, principal, context, action) is not { } denied) return null;
        AdminLog.Denied(_logger, principal.Arn, action, route.Resource);
        return denied;
    }

    public async ValueTask<AdminAnswer> ExecuteAsync(AdminContext context, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _running) > MaxConcurrent)
        {
            Interlocked.Decrement(ref _running);
            return AdminError.Busy;
        }
        try
        {
            var answer = await context.Route.Call.Handler(context, ct);
            if (context.Route.Call.Method != "GET")
                AdminLog.Changed(_logger, context.Principal.Arn, AdminResources.NameOf(context.Route.Call.Action), context.Route.Resource, answer.Status);
            return answer;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private AdminError? Judge(AdminRoute route, Principal principal, IConditionContext context, string action)
    {
        if (principal.IsAnonymous) return AdminError.Unsigned;
        if (principal.AccountId != RootCredentialStore.AccountId) return AdminError.Denied("The admin API is for the operator's account.");
        if (route.Call.IsReservedOnOwnAccount && route.Values[0] == RootCredentialStore.AccountId && principal.Kind != PrincipalKind.Root)
            return AdminError.Denied("Only the root of the operator's account may do that to this account.");
        if (!IsAllowed(principal, action, route.Resource, context)) return NotAllowed(principal, action, route.Resource);
        if (route.Call.AlsoOnOwnAccount is { } also && route.Values[0] == RootCredentialStore.AccountId && also(route.Values) is var (further, resource)
            && !IsAllowed(principal, further, resource, context)) return NotAllowed(principal, further, resource);
        return null;
    }

    private bool IsAllowed(Principal principal, string action, string resource, IConditionContext context)
    {
        var request = new PolicyRequest(principal.ForPolicies, action, resource, RootCredentialStore.AccountId, context);
        return PolicyEvaluator.Evaluate(request, _identities.PoliciesOf(principal), default).IsAllowed;
    }

    private static AdminError NotAllowed(Principal principal, string action, string resource) =>
        AdminError.Denied($"{principal.Arn} is not allowed {action} on {resource}.");

    private static AdminError? CheckQuery(AdminCall call, S3Query query)
    {
        var names = new List<string>();
        foreach (var (encoded, _) in query)
        {
            var name = PercentEncoding.DecodeQuery(encoded);
            if (name is null || !call.Parameters.Contains(name, StringComparer.Ordinal)) return AdminError.Invalid("The query has a parameter that this call does not know.");
            if (names.Contains(name, StringComparer.Ordinal)) return AdminError.Invalid($"The query has {name} twice.");
            names.Add(name);
        }
        return null;
    }
}
