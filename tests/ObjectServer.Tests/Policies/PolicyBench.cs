using System.Text;
using ObjectStore.Server.Policies;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>Short words for tests of policies: documents by their JSON, principals of two accounts, keys of a request.</summary>
internal static class PolicyBench
{
    public const string Ours = "111111111111";
    public const string Theirs = "222222222222";
    public const string OurCanonicalId = "1111111111111111111111111111111111111111111111111111111111111111";
    public const string TheirCanonicalId = "2222222222222222222222222222222222222222222222222222222222222222";

    public static PolicyPrincipal Root(string account = Ours) =>
        new(PolicyPrincipalKind.Root, account, CanonicalIdOf(account), $"arn:aws:iam::{account}:root");

    public static PolicyPrincipal User(string account = Ours, string name = "bob") =>
        new(PolicyPrincipalKind.User, account, CanonicalIdOf(account), $"arn:aws:iam::{account}:user/{name}");

    public static PolicyPrincipal Session(string account = Ours, string role = "reader", string session = "job") =>
        new(PolicyPrincipalKind.AssumedRole, account, CanonicalIdOf(account), $"arn:aws:sts::{account}:assumed-role/{role}/{session}")
        {
            RoleArn = $"arn:aws:iam::{account}:role/{role}",
        };

    public static PolicyPrincipal Service(string name = "logging.s3.amazonaws.com") => new(PolicyPrincipalKind.Service, "", "", name);

    public static PolicyPrincipal WebIdentity(string provider) => new(PolicyPrincipalKind.WebIdentity, "", "", provider);

    public static PolicyDocument Parse(string json, PolicyType type)
    {
        var result = PolicyDocument.Parse(Encoding.UTF8.GetBytes(json), type);
        result.Error?.Message.ShouldBeNull(json);
        return result.Document!;
    }

    public static PolicyDocument Identity(string statements) => Parse(Document(statements), PolicyType.Identity);

    public static PolicyDocument Bucket(string statements) => Parse(Document(statements), PolicyType.Resource);

    public static PolicyDocument Trust(string statements) => Parse(Document(statements), PolicyType.Trust);

    public static string Document(string statements) => $$"""{"Version":"2012-10-17","Statement":{{statements}}}""";

    public static string? ErrorOf(string json, PolicyType type) =>
        PolicyDocument.Parse(Encoding.UTF8.GetBytes(json), type).Error?.Message;

    public static PolicyDecision Decide(
        PolicyPrincipal principal,
        string action,
        string resource,
        PrincipalPolicies? policies = null,
        PolicyDocument? bucketPolicy = null,
        AclGrant acl = AclGrant.None,
        string? owner = Ours,
        Keys? keys = null) =>
        PolicyEvaluator.Evaluate(
            new PolicyRequest(principal, action, resource, owner, keys ?? new Keys()),
            policies ?? PrincipalPolicies.None,
            new ResourcePolicies(bucketPolicy, acl));

    public static string CanonicalIdOf(string account) => account == Ours ? OurCanonicalId : TheirCanonicalId;
}

/// <summary>The condition keys of a request, by name in any case.</summary>
internal sealed class Keys : IConditionContext
{
    private readonly Dictionary<string, string[]> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys that were asked for, in order.</summary>
    public List<string> Asked { get; } = [];

    public string[] this[string key]
    {
        set => _values[key] = value;
    }

    public ConditionValues GetValues(ConditionKey key)
    {
        Asked.Add(key.Text);
        return _values.TryGetValue(key.Text, out var values) ? ConditionValues.Of(values) : ConditionValues.None;
    }
}
