using ObjectStore.Server.Policies;
using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>
/// IAM User Guide: "Policy evaluation for requests within a single account", "Cross-account policy evaluation logic", "Permissions boundaries",
/// "AWS JSON policy elements: Principal" and "NotPrincipal".
/// </summary>
public class EvaluationTests
{
    private const string Key = "arn:aws:s3:::b/k";
    private const string Get = "s3:GetObject";

    private static readonly PolicyDocument AllowAll = Identity("""{"Effect":"Allow","Action":"*","Resource":"*"}""");
    private static readonly PolicyDocument AllowOther = Identity("""{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}""");
    private static readonly PolicyDocument DenyGet = Identity("""{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}""");

    private static readonly (string Name, string Principal)[] Named =
    [
        ("nobody", ""), ("everyone", "\"*\""), ("anyone", "{\"AWS\":\"*\"}"), ("our account", $"{{\"AWS\":\"{Ours}\"}}"),
        ("their account", $"{{\"AWS\":\"arn:aws:iam::{Theirs}:root\"}}"), ("their canonical id", $"{{\"CanonicalUser\":\"{TheirCanonicalId}\"}}"),
        ("our user", $"{{\"AWS\":\"arn:aws:iam::{Ours}:user/bob\"}}"), ("their user", $"{{\"AWS\":\"arn:aws:iam::{Theirs}:user/bob\"}}"),
        ("our role", $"{{\"AWS\":\"arn:aws:iam::{Ours}:role/reader\"}}"), ("their role", $"{{\"AWS\":\"arn:aws:iam::{Theirs}:role/reader\"}}"),
        ("our session", $"{{\"AWS\":\"arn:aws:sts::{Ours}:assumed-role/reader/job\"}}"), ("service", "{\"Service\":\"logging.s3.amazonaws.com\"}"),
    ];

    /// <summary>Who of our account, without any policy of its own, is let in by a bucket policy that names somebody; and with one.</summary>
    [Theory]
    [InlineData("root", "nobody, everyone, anyone, our account, their account, their canonical id, our user, their user, our role, their role, our session, service", "=")]
    [InlineData("user", "everyone, anyone, our user", "all")]
    [InlineData("other user", "everyone, anyone", "all")]
    [InlineData("session", "everyone, anyone, our role, our session", "all")]
    [InlineData("other session", "everyone, anyone, our role", "all")]
    public void Within_an_account_either_side_may_allow(string who, string alone, string withPolicy)
    {
        var principal = Ourselves(who);
        var all = string.Join(", ", Named.Select(one => one.Name));
        Allowed(principal, PrincipalPolicies.None).ShouldBe(alone);
        Allowed(principal, new([AllowAll])).ShouldBe(withPolicy == "=" ? alone : all);
        Allowed(principal, new([AllowOther])).ShouldBe(alone);
    }

    [Theory]
    [InlineData("root", "everyone, anyone, their account, their canonical id", true)]
    [InlineData("user", "everyone, anyone, their account, their canonical id, their user", false)]
    [InlineData("session", "everyone, anyone, their account, their canonical id, their role", false)]
    public void Across_accounts_both_sides_must_allow(string who, string granted, bool needsNoPolicy)
    {
        var principal = who switch { "root" => Root(Theirs), "user" => User(Theirs), _ => Session(Theirs) };
        Allowed(principal, PrincipalPolicies.None).ShouldBe(needsNoPolicy ? granted : "");
        Allowed(principal, new([AllowAll])).ShouldBe(granted);
        Allowed(principal, new([AllowOther])).ShouldBe(needsNoPolicy ? granted : "");
        Allowed(principal, new([AllowAll], Boundary: AllowAll, Session: [AllowAll])).ShouldBe(granted);
        if (needsNoPolicy) return;
        Allowed(principal, new([AllowAll], Boundary: AllowOther)).ShouldBe("");
        Allowed(principal, new([AllowAll], Session: [AllowOther])).ShouldBe("");
    }

    [Fact]
    public void The_anonymous_and_services_need_the_resource_to_name_them()
    {
        Allowed(PolicyPrincipal.Anonymous, PrincipalPolicies.None).ShouldBe("everyone, anyone");
        Allowed(Service(), PrincipalPolicies.None).ShouldBe("everyone, anyone, service");
        Allowed(Service("ec2.amazonaws.com"), PrincipalPolicies.None).ShouldBe("everyone, anyone");
        var impostor = User() with { Arn = "logging.s3.amazonaws.com" };
        Allowed(impostor, PrincipalPolicies.None).ShouldBe("everyone, anyone");
    }

    /// <summary>The table "Differences in resource-based policies": what implicit denies of a boundary or session policy limit.</summary>
    [Theory]
    [InlineData("user", "boundary", "everyone, anyone, our user")]
    [InlineData("session", "boundary", "everyone, anyone, our session")]
    [InlineData("session", "session", "everyone, anyone, our session")]
    public void Boundaries_and_session_policies_do_not_limit_what_a_resource_grants_directly(string who, string limit, string allowed)
    {
        var principal = Ourselves(who);
        PrincipalPolicies Limited(PolicyDocument by) => limit == "boundary" ? new([], Boundary: by) : new([], Session: [by]);
        Allowed(principal, Limited(AllowOther)).ShouldBe(allowed);
        Allowed(principal, Limited(AllowAll)).ShouldBe(who == "user" ? allowed : "everyone, anyone, our role, our session");
        Allowed(principal, Limited(AllowOther) with { Identity = [AllowAll] }).ShouldBe(allowed);
    }

    [Fact]
    public void Session_policies_add_up_and_an_empty_set_allows_nothing()
    {
        Decide(Session(), Get, Key, new([AllowAll], Session: [AllowOther, AllowAll])).IsAllowed.ShouldBeTrue();
        Decide(Session(), Get, Key, new([AllowAll], Session: [])).ShouldBe(new(PolicyVerdict.ImplicitDeny, PolicyKind.Session));
        Decide(Session(), Get, Key, new([AllowAll])).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void An_explicit_deny_wins_wherever_it_stands()
    {
        var everyone = Allow("\"*\"");
        Decide(User(), Get, Key, new([AllowAll, DenyGet]), everyone).ShouldBe(new(PolicyVerdict.ExplicitDeny, PolicyKind.Identity));
        Decide(User(), Get, Key, new([AllowAll], Boundary: DenyGet), everyone).ShouldBe(new(PolicyVerdict.ExplicitDeny, PolicyKind.Boundary));
        Decide(Session(), Get, Key, new([AllowAll], Session: [AllowAll, DenyGet]), everyone).ShouldBe(new(PolicyVerdict.ExplicitDeny, PolicyKind.Session));
        var both = Bucket($$"""
            [{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"{{Key}}"},
             {"Effect":"Deny","Principal":{"AWS":"{{Ours}}"},"Action":"s3:GetObject","Resource":"{{Key}}"}]
            """);
        foreach (var principal in new[] { Root(), User(), Session() })
            Decide(principal, Get, Key, new([AllowAll]), both, AclGrant.Everyone).ShouldBe(new(PolicyVerdict.ExplicitDeny, PolicyKind.Resource));
        Decide(User(Theirs), Get, Key, new([AllowAll]), both).IsAllowed.ShouldBeTrue();
        Decide(PolicyPrincipal.Anonymous, Get, Key, null, both).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void What_would_have_had_to_allow_is_told()
    {
        Decide(User(), Get, Key).ShouldBe(new(PolicyVerdict.ImplicitDeny, PolicyKind.Identity));
        Decide(User(), Get, Key, new([AllowAll], Boundary: AllowOther)).ShouldBe(new(PolicyVerdict.ImplicitDeny, PolicyKind.Boundary));
        Decide(User(Theirs), Get, Key, new([AllowAll])).ShouldBe(new(PolicyVerdict.ImplicitDeny, PolicyKind.Resource));
        Decide(PolicyPrincipal.Anonymous, Get, Key).ShouldBe(new(PolicyVerdict.ImplicitDeny, PolicyKind.Resource));
        Decide(User(), Get, Key, null, Allow("\"*\"")).ShouldBe(new(PolicyVerdict.Allow, PolicyKind.Resource));
        Decide(PolicyPrincipal.Anonymous, Get, Key, acl: AclGrant.Everyone).ShouldBe(new(PolicyVerdict.Allow, PolicyKind.Acl));
    }

    [Theory]
    [InlineData("anonymous", "Everyone", true)]
    [InlineData("anonymous", "Account", false)]
    [InlineData("our user", "Account", false)]
    [InlineData("our user", "Everyone", true)]
    [InlineData("our root", "None", true)]
    [InlineData("their root", "Account", true)]
    [InlineData("their root", "None", false)]
    [InlineData("their user", "Account", false)]
    [InlineData("their user", "Everyone", false)]
    [InlineData("their user with policy", "Account", true)]
    [InlineData("their user with policy", "None", false)]
    public void An_acl_grants_to_accounts_as_a_bucket_policy_does(string who, string grant, bool allowed)
    {
        var principal = who switch
        {
            "anonymous" => PolicyPrincipal.Anonymous, "our user" => User(), "our root" => Root(), "their root" => Root(Theirs), _ => User(Theirs),
        };
        var policies = who.EndsWith("policy", StringComparison.Ordinal) ? new PrincipalPolicies([AllowAll]) : PrincipalPolicies.None;
        Decide(principal, Get, Key, policies, acl: Enum.Parse<AclGrant>(grant)).IsAllowed.ShouldBe(allowed);
    }

    [Fact]
    public void Our_root_can_always_manage_the_policy_of_its_bucket()
    {
        var deny = Bucket("""{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}""");
        foreach (var action in new[] { "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy" })
        {
            Decide(Root(), action, "arn:aws:s3:::b", null, deny).IsAllowed.ShouldBeTrue();
            Decide(Root(), action, "arn:aws:s3:::b", new([], Session: [AllowOther])).IsAllowed.ShouldBeFalse();
            Decide(User(), action, "arn:aws:s3:::b", new([AllowAll]), deny).IsAllowed.ShouldBeFalse();
            Decide(Root(Theirs), action, "arn:aws:s3:::b", null, deny).IsAllowed.ShouldBeFalse();
            Decide(PolicyPrincipal.Anonymous, action, "arn:aws:s3:::b", null, deny).IsAllowed.ShouldBeFalse();
        }
        Decide(Root(), "s3:ListBucket", "arn:aws:s3:::b", null, deny).IsAllowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("111111111111 user/bob", "bob")]
    [InlineData("user/bob", "")]
    [InlineData("111111111111", "root")]
    [InlineData("111111111111 role/reader assumed-role/reader/job", "session")]
    [InlineData("111111111111 role/reader", "")]
    [InlineData("role/reader assumed-role/reader/job", "")]
    [InlineData("111111111111 role/reader assumed-role/reader/job user/bob", "bob session")]
    public void NotPrincipal_spares_only_who_is_named_whole(string named, string spared)
    {
        var arns = named.Split(' ').Select(name => name switch
        {
            Ours => Ours,
            _ when name.StartsWith("assumed", StringComparison.Ordinal) => $"arn:aws:sts::{Ours}:{name}",
            _ => $"arn:aws:iam::{Ours}:{name}",
        });
        var deny = Bucket($$"""
            {"Effect":"Deny","NotPrincipal":{"AWS":[{{string.Join(',', arns.Select(arn => $"\"{arn}\""))}}]},"Action":"s3:*","Resource":"{{Key}}"}
            """);
        (string Name, PolicyPrincipal Principal)[] askers = [("root", Root()), ("bob", User()), ("alice", User(name: "alice")), ("session", Session())];
        var let = askers.Where(asker => Decide(asker.Principal, Get, Key, new([AllowAll]), deny).IsAllowed).Select(asker => asker.Name);
        string.Join(' ', let).ShouldBe(named.StartsWith(Ours, StringComparison.Ordinal) && spared != "root" ? $"root {spared}".TrimEnd() : spared);
        Decide(User(), Get, Key, new([AllowAll], Boundary: AllowAll), deny).IsAllowed.ShouldBeFalse();
        Decide(PolicyPrincipal.Anonymous, Get, Key, null, deny, AclGrant.Everyone).IsAllowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData("Action", "s3:GetObject", "s3:GetObject", true)]
    [InlineData("Action", "S3:getOBJECT", "s3:GetObject", true)]
    [InlineData("Action", "s3:Get*", "s3:GetObject", true)]
    [InlineData("Action", "s3:*Object", "s3:GetObject", true)]
    [InlineData("Action", "s3:Get?bject", "s3:GetObject", true)]
    [InlineData("Action", "*:*", "s3:GetObject", true)]
    [InlineData("Action", "*", "s3:GetObject", true)]
    [InlineData("Action", "iam:*", "s3:GetObject", false)]
    [InlineData("Action", "s3:GetObject", "s3:GetObjectAcl", false)]
    [InlineData("NotAction", "iam:*", "s3:GetObject", true)]
    [InlineData("NotAction", "s3:*", "s3:GetObject", false)]
    public void Actions_know_no_case(string element, string pattern, string action, bool allowed)
    {
        var policy = Identity($$"""{"Effect":"Allow","{{element}}":"{{pattern}}","Resource":"*"}""");
        Decide(User(), action, Key, new([policy])).IsAllowed.ShouldBe(allowed);
    }

    [Theory]
    [InlineData("Resource", "\"arn:aws:s3:::b/*\"", Key, true)]
    [InlineData("Resource", "\"arn:aws:s3:::b/*\"", "arn:aws:s3:::b/a:b/c", true)]
    [InlineData("Resource", "\"arn:aws:s3:::b/*\"", "arn:aws:s3:::b/", true)]
    [InlineData("Resource", "\"arn:aws:s3:::b/*\"", "arn:aws:s3:::b", false)]
    [InlineData("Resource", "\"arn:aws:s3:::b/K\"", Key, false)]
    [InlineData("Resource", "\"arn:aws:s3:::*\"", Key, true)]
    [InlineData("Resource", "\"arn:*:s3:*:*:b/k\"", Key, true)]
    [InlineData("Resource", "\"arn:aws:*:b/k\"", Key, false)]
    [InlineData("Resource", "[\"arn:aws:s3:::x\",\"arn:aws:s3:::b/k\"]", Key, true)]
    [InlineData("Resource", "\"arn:aws:s3:::*\"", "arn:aws:s3:::*", true)]
    [InlineData("Resource", "\"*\"", "*", true)]
    [InlineData("NotResource", "\"arn:aws:s3:::b/*\"", Key, false)]
    [InlineData("NotResource", "\"arn:aws:s3:::c/*\"", Key, true)]
    [InlineData("NotResource", "[\"arn:aws:s3:::c/*\",\"arn:aws:s3:::b/k\"]", Key, false)]
    public void Resources_match_segment_by_segment(string element, string patterns, string resource, bool allowed)
    {
        if (patterns == "\"arn:aws:*:b/k\"")
        {
            ErrorOf(Document($$"""{"Effect":"Allow","Action":"*","{{element}}":{{patterns}}}"""), PolicyType.Identity).ShouldNotBeNull();
            return;
        }
        var policy = Identity($$"""{"Effect":"Allow","Action":"*","{{element}}":{{patterns}}}""");
        Decide(User(), Get, resource, new([policy])).IsAllowed.ShouldBe(allowed);
    }

    [Theory]
    [InlineData("our user", "user", false, true)]
    [InlineData("our account", "user", false, false)]
    [InlineData("our account", "user", true, true)]
    [InlineData("nobody", "user", true, false)]
    [InlineData("their user", "user", true, false)]
    [InlineData("our role", "session", false, true)]
    [InlineData("everyone", "user", false, true)]
    public void A_trust_policy_must_allow_also_within_the_account(string named, string who, bool hasPolicy, bool allowed)
    {
        var trust = Trust($$"""{"Effect":"Allow","Principal":{{PrincipalOf(named)}},"Action":"sts:AssumeRole"}""");
        var policies = hasPolicy ? new PrincipalPolicies([AllowAll]) : PrincipalPolicies.None;
        Decide(Ourselves(who), "sts:AssumeRole", $"arn:aws:iam::{Ours}:role/target", policies, trust).IsAllowed.ShouldBe(allowed);
    }

    [Fact]
    public void Across_accounts_a_role_is_assumed_with_the_consent_of_both()
    {
        var trust = Trust($$"""{"Effect":"Allow","Principal":{"AWS":"{{Theirs}}"},"Action":"sts:AssumeRole"}""");
        Decide(User(Theirs), "sts:AssumeRole", $"arn:aws:iam::{Ours}:role/target", null, trust).IsAllowed.ShouldBeFalse();
        Decide(User(Theirs), "sts:AssumeRole", $"arn:aws:iam::{Ours}:role/target", new([AllowAll]), trust).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void A_web_identity_is_let_in_by_its_provider_and_its_claims()
    {
        const string Provider = "arn:aws:iam::111111111111:oidc-provider/localhost:8080/auth/realms/demo";
        var trust = Trust($$"""
            {"Effect":"Allow","Principal":{"Federated":"{{Provider}}"},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],
             "Condition":{"StringEquals":{"localhost:8080/auth/realms/demo:app_id":"account" } } }
            """);
        var keys = new Keys { ["localhost:8080/auth/realms/demo:app_id"] = ["account"] };
        Decide(WebIdentity(Provider), "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::111111111111:role/r", null, trust, keys: keys).IsAllowed.ShouldBeTrue();
        Decide(WebIdentity(Provider), "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::111111111111:role/r", null, trust).IsAllowed.ShouldBeFalse();
        Decide(WebIdentity(Provider + "2"), "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::111111111111:role/r", null, trust, keys: keys).IsAllowed.ShouldBeFalse();
        Decide(User(), "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::111111111111:role/r", new([AllowAll]), trust, keys: keys).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void A_trust_policy_may_leave_out_the_role_s_own_account()
    {
        var trust = Trust("""{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/bob"]},"Action":["sts:AssumeRole"]}""");
        Decide(User(), "sts:AssumeRole", "arn:aws:iam::111111111111:role/r", null, trust).IsAllowed.ShouldBeTrue();
        Decide(User(name: "alice"), "sts:AssumeRole", "arn:aws:iam::111111111111:role/r", null, trust).IsAllowed.ShouldBeFalse();
        Decide(User(Theirs), "sts:AssumeRole", "arn:aws:iam::111111111111:role/r", new([AllowAll]), trust).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void Actions_that_concern_no_other_account_need_the_identity_only()
    {
        Decide(User(), "s3:ListAllMyBuckets", "arn:aws:s3:::*", new([AllowAll]), owner: null).IsAllowed.ShouldBeTrue();
        Decide(User(), "s3:ListAllMyBuckets", "arn:aws:s3:::*", owner: null).IsAllowed.ShouldBeFalse();
        Decide(Root(), "s3:ListAllMyBuckets", "arn:aws:s3:::*", owner: null).IsAllowed.ShouldBeTrue();
        Decide(PolicyPrincipal.Anonymous, "s3:ListAllMyBuckets", "arn:aws:s3:::*", owner: null).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void A_decision_without_variables_allocates_nothing()
    {
        var policies = new PrincipalPolicies([AllowOther, Identity("""
            {"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*"],
             "Condition":{"StringEquals":{"aws:one":"1"},"IpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]},"NumericLessThan":{"s3:max-keys":10} } }
            """)]);
        var bucket = Bucket($$"""{"Effect":"Deny","Principal":{"AWS":"{{Theirs}}"},"Action":"s3:*","Resource":"arn:aws:s3:::b/*"}""");
        var request = new PolicyRequest(User(), Get, Key, Ours, new FixedKeys());
        var resource = new ResourcePolicies(bucket);
        PolicyEvaluator.Evaluate(request, policies, resource).IsAllowed.ShouldBeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++) PolicyEvaluator.Evaluate(request, policies, resource);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private sealed class FixedKeys : IConditionContext
    {
        public ConditionValues GetValues(ConditionKey key) => key.Name switch
        {
            "aws:one" => "1", "aws:sourceip" => "203.0.113.9", "s3:max-keys" => "5", _ => ConditionValues.None,
        };
    }

    private static PolicyPrincipal Ourselves(string who) => who switch
    {
        "root" => Root(), "user" => User(), "other user" => User(name: "alice"), "session" => Session(), _ => Session(session: "other"),
    };

    private static string PrincipalOf(string name) => name == "nobody" ? "{\"Service\":\"nobody.example.com\"}" : Array.Find(Named, one => one.Name == name).Principal;

    private static PolicyDocument Allow(string principal) =>
        Bucket($$"""{"Effect":"Allow","Principal":{{principal}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}""");

    /// <summary>The names in <see cref="Named"/> of those bucket policies that let this one in.</summary>
    private static string Allowed(PolicyPrincipal principal, PrincipalPolicies policies) =>
        string.Join(", ", Named
            .Where(one => Decide(principal, Get, Key, policies, one.Principal.Length == 0 ? null : Allow(one.Principal)).IsAllowed)
            .Select(one => one.Name));
}
