using System.Globalization;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Policies;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.S3.Logging;

/// <summary>
/// Whether a bucket's policy lets a service of S3 write into it for another bucket. Source: S3 User Guide, "Permissions for log delivery" and "Granting
/// permissions for Amazon S3 Inventory". An Allow counts only if it names the service: "everybody" does not mean services. A Deny counts for all.
/// </summary>
internal sealed class ServicePermission(IIdentities identities, TimeProvider time, string service)
{
    public const string Logging = "logging.s3.amazonaws.com";
    public const string Inventory = "s3.amazonaws.com";

    private const string Action = "s3:PutObject";

    private readonly PolicyPrincipal _principal = new(PolicyPrincipalKind.Service, "", "", service);
    private readonly NamedPrincipal _name = new(PrincipalNameKind.Service, service);

    /// <param name="prefix">Under which objects are written.</param>
    /// <param name="key">The name of one of them. A policy may allow the prefix itself or the name; a Deny of either counts.</param>
    public bool Allows(BucketAccess target, LogSource source, string prefix, string key)
    {
        if (target.Policy is not { } policy) return false;
        var account = identities.FindAccountByCanonicalId(source.OwnerId)?.Id ?? BucketAccess.NoAccount;
        // Who does not say whose logs it takes takes those of its own account only.
        var mustNameAccount = account != target.OwnerAccountId;
        var allowed = false;
        foreach (var statement in policy.Statements)
        {
            if (statement.Allows) allowed = allowed || (Names(statement) && MatchesAny(statement, target, source, account, prefix, key, mustNameAccount));
            else if (Matches(statement, target, prefix, source, account) || Matches(statement, target, key, source, account)) return false;
        }
        return allowed;
    }

    private bool Names(PolicyStatement statement) => !statement.NotPrincipal && statement.Principals is { } principals && principals.Named.Contains(_name);

    // Accounts may be named by their canonical ids, as Ceph does.
    private bool MatchesAny(PolicyStatement statement, BucketAccess target, LogSource source, string account, string prefix, string key, bool mustNameAccount)
    {
        foreach (var resource in (ReadOnlySpan<string>)[prefix, key])
        {
            if (mustNameAccount && Matches(statement, target, resource, source, null)) continue;
            if (Matches(statement, target, resource, source, account) || Matches(statement, target, resource, source, source.OwnerId)) return true;
        }
        return false;
    }

    private bool Matches(PolicyStatement statement, BucketAccess target, string resource, LogSource source, string? account)
    {
        var context = new Conditions($"arn:aws:s3:::{source.Bucket}", account, service, target.OwnerAccountId, time.GetUtcNow());
        var request = new PolicyRequest(_principal, Action, $"arn:aws:s3:::{target.Name}/{resource}", target.OwnerAccountId, context);
        return statement.Match(request, hasBoundary: false) != PrincipalMatch.None;
    }

    private sealed class Conditions(string sourceArn, string? sourceAccount, string service, string resourceAccount, DateTimeOffset now) : IConditionContext
    {
        public ConditionValues GetValues(ConditionKey key) => key.Name switch
        {
            "aws:sourcearn" => sourceArn,
            "aws:sourceaccount" => sourceAccount,
            "aws:principalisawsservice" => "true",
            "aws:principalservicename" => service,
            "aws:securetransport" => "true",
            "aws:resourceaccount" or "s3:resourceaccount" => resourceAccount,
            "aws:currenttime" => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            "aws:epochtime" => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            "s3:x-amz-acl" => "bucket-owner-full-control",
            _ => ConditionValues.None,
        };
    }
}
