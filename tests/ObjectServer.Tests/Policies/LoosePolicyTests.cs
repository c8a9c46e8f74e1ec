using System.Text;
using ObjectStore.Server.Policies;
using static ObjectStore.Server.Tests.Policies.PolicyBench;

namespace ObjectStore.Server.Tests.Policies;

/// <summary>Policies of Ceph's, which are read whenever they were stored and written in its dialect only.</summary>
public sealed class LoosePolicyTests
{
    private const string Operator = "000000000000";

    [Theory]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}""", "Resource", true)]
    [InlineData("""{"Effect":"Allow","Action":"s3:GetObject"}""", "Identity", false)]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}""", "Identity", true)]
    [InlineData("""{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:GetObject","Resource":"*"}""", "Identity", false)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::tenant1:user/bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}""", "Resource", true)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}""", "Resource", true)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::assumed-role/r/s"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}""", "Resource", true)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}""", "Resource", false)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::ten*:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}""", "Resource", false)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::tenant1:root"},"Action":"sns:Publish","Resource":"*"}""", "Topic", false)]
    [InlineData("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::tenant1:root"},"Action":"sts:AssumeRole"}""", "Trust", false)]
    [InlineData("""{"Effect":"Allow","Principal":"*","Action":"s3:NoSuchAction","Resource":"arn:aws:s3:::b"}""", "Resource", false)]
    public void What_only_the_loose_form_has(string statement, string kind, bool isLoose)
    {
        var type = Enum.Parse<PolicyType>(kind);
        var text = Encoding.UTF8.GetBytes(Document(statement));
        PolicyDocument.Parse(text, type).IsOk.ShouldBeFalse();
        PolicyDocument.Parse(text, type, loose: true).IsOk.ShouldBe(isLoose);
    }

    [Fact]
    public void A_statement_without_a_resource_is_about_all_of_the_bucket()
    {
        var policy = Loose("""{"Effect":"Allow","Principal":"*","Action":"s3:*"}""", PolicyType.Resource);
        Decide(PolicyPrincipal.Anonymous, "s3:GetObject", "arn:aws:s3:::b/k", bucketPolicy: policy).IsAllowed.ShouldBeTrue();
        Decide(PolicyPrincipal.Anonymous, "s3:ListBucket", "arn:aws:s3:::b", bucketPolicy: policy).IsAllowed.ShouldBeTrue();
        policy.IsPublic.ShouldBeTrue();
    }

    [Fact]
    public void A_principal_in_an_identity_s_policy_counts_for_nothing()
    {
        var policies = new PrincipalPolicies([Loose("""{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"s3:GetObject","Resource":"*"}""", PolicyType.Identity)]);
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", policies).IsAllowed.ShouldBeTrue();
        var denied = new PrincipalPolicies([Loose("""{"Effect":"Deny","Principal":{"AWS":"999999999999"},"Action":"s3:GetObject","Resource":"*"}""", PolicyType.Identity)]);
        Decide(User(), "s3:GetObject", "arn:aws:s3:::b/k", denied).Verdict.ShouldBe(PolicyVerdict.ExplicitDeny);
    }

    [Theory]
    [InlineData(Operator, true)]
    [InlineData("", true)]
    [InlineData(Ours, false)]
    public void An_ARN_without_an_account_names_somebody_of_the_operator_s_account_however_its_ARNs_are_written(string account, bool isNamed)
    {
        var policy = Loose("""{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/bob","arn:aws:iam:::assumed-role/reader/job"]},"Action":"s3:GetObject"}""", PolicyType.Resource);
        var id = account.Length == 0 ? Operator : account;
        var bob = new PolicyPrincipal(PolicyPrincipalKind.User, id, CanonicalIdOf(id), $"arn:aws:iam::{account}:user/bob");
        var job = new PolicyPrincipal(PolicyPrincipalKind.AssumedRole, id, CanonicalIdOf(id), $"arn:aws:sts::{account}:assumed-role/reader/job") { RoleArn = $"arn:aws:iam::{account}:role/reader" };
        foreach (var principal in new[] { bob, job })
            Decide(principal, "s3:GetObject", "arn:aws:s3:::b/k", bucketPolicy: policy, owner: id).IsAllowed.ShouldBe(isNamed);
        var carol = new PolicyPrincipal(PolicyPrincipalKind.User, id, CanonicalIdOf(id), $"arn:aws:iam::{account}:user/carol");
        Decide(carol, "s3:GetObject", "arn:aws:s3:::b/k", bucketPolicy: policy, owner: id).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void Somebody_of_a_tenant_is_nobody_and_is_not_spared_anything()
    {
        var allows = Loose("""{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::tenant1:user/bob"},"Action":"s3:GetObject"}""", PolicyType.Resource);
        allows.IsPublic.ShouldBeFalse();
        Decide(User(name: "bob"), "s3:GetObject", "arn:aws:s3:::b/k", bucketPolicy: allows).IsAllowed.ShouldBeFalse();
        var denies = Loose("""{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::tenant1:user/bob"},"Action":"s3:GetObject"}""", PolicyType.Resource);
        Decide(User(name: "bob"), "s3:GetObject", "arn:aws:s3:::b/k", bucketPolicy: denies).Verdict.ShouldBe(PolicyVerdict.ExplicitDeny);
    }

    private static PolicyDocument Loose(string statement, PolicyType type) => PolicyDocument.Parse(Encoding.UTF8.GetBytes(Document(statement)), type, loose: true).Document.ShouldNotBeNull();
}
