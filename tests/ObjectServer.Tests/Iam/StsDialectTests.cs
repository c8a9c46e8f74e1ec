using ObjectStore.ObjectServer.Tests.Identities;
using ObjectStore.Server.Configuration;
using static ObjectStore.ObjectServer.Tests.Identities.IdentityBench;

namespace ObjectStore.ObjectServer.Tests.Iam;

/// <summary>Roles and policies of identities in the dialect of Ceph and in that of AWS.</summary>
public sealed class StsDialectTests
{
    private const string WithPrincipal = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}""";

    [Theory]
    [InlineData(false, "AccessDenied")]
    [InlineData(true, null)]
    public async Task A_role_that_trusts_a_user_of_another_account_by_name(bool ceph, string? expected)
    {
        var (bench, query) = await OpenAsync(ceph);
        var (bob, key) = await ForeignUserAsync(bench, "bob");
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bob.Arn}}"}""");
        (await AssumeAsync(query, bench.Find(key), role)).Code.ShouldBe(expected);
        var (_, carolKey) = await ForeignUserAsync(bench, "carol");
        (await AssumeAsync(query, bench.Find(carolKey), role)).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Trust_in_a_whole_account_leaves_it_to_the_user_s_policies_in_both()
    {
        foreach (var ceph in new[] { false, true })
        {
            var (bench, query) = await OpenAsync(ceph);
            var (bob, without) = await ForeignUserAsync(bench, "bob");
            var (_, with) = await ForeignUserAsync(bench, "carol", """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}""");
            var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bob.AccountId}}"}""");
            (await AssumeAsync(query, bench.Find(without), role)).Code.ShouldBe("AccessDenied");
            (await AssumeAsync(query, bench.Find(with), role)).Code.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_deny_of_the_user_s_own_account_counts_in_both()
    {
        foreach (var ceph in new[] { false, true })
        {
            var (bench, query) = await OpenAsync(ceph);
            var (bob, key) = await ForeignUserAsync(bench, "bob", """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:*","Resource":"*"}]}""");
            var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bob.Arn}}"}""");
            (await AssumeAsync(query, bench.Find(key), role)).Code.ShouldBe("AccessDenied");
        }
    }

    [Fact]
    public async Task An_ARN_without_an_account_in_a_trust_policy_is_nobody_of_another_account()
    {
        var (bench, query) = await OpenAsync(ceph: true);
        await bench.NewUserAsync("bob");
        var (_, key) = await ForeignUserAsync(bench, "bob");
        Ok(await bench.Service.Users.CreateAsync(RootCredentialStore.AccountId, new NewUser("bob"), default));
        var role = await bench.NewRoleAsync("worker", """{"AWS":"arn:aws:iam:::user/bob"}""");
        (await AssumeAsync(query, bench.Find(key), role)).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task A_policy_with_a_principal_is_written_in_the_dialect_of_Ceph_and_counts_in_both()
    {
        var bench = await IdentityBench.OpenAsync();
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.Id}}"}""", policy: null);
        var holder = new PolicyHolder(PolicyHolderKind.Role, "worker");
        (await bench.Service.Attachments.PutInlineAsync(bench.Account.Id, holder, "p", WithPrincipal, default)).Refusal!.Fault.ShouldBe(IdentityFault.MalformedPolicyDocument);
        await bench.ReopenAsync(dialect: S3Dialect.Ceph);
        Ok(await bench.Service.Attachments.PutInlineAsync(bench.Account.Id, holder, "p", WithPrincipal, default));
        foreach (var dialect in new[] { S3Dialect.Ceph, S3Dialect.Aws })
        {
            await bench.ReopenAsync(dialect: dialect);
            var principal = Principals.OfRole(bench.Account, bench.Service.Roles.FindByArn(role.Arn)!, new RoleSession("work"));
            bench.Service.PoliciesOf(principal).Identity.ShouldHaveSingleItem().Statements.ShouldHaveSingleItem().Allows.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task The_dialect_of_Ceph_names_the_operator_s_users_without_an_account()
    {
        var bench = await IdentityBench.OpenAsync();
        Ok(await bench.Service.Users.CreateAsync(RootCredentialStore.AccountId, new NewUser("bob"), default));
        bench.Service.Users.Find(RootCredentialStore.AccountId, "bob")!.Arn.ShouldBe("arn:aws:iam::000000000000:user/bob");
        await bench.ReopenAsync(dialect: S3Dialect.Ceph);
        bench.Service.Users.Find(RootCredentialStore.AccountId, "bob")!.Arn.ShouldBe("arn:aws:iam:::user/bob");
    }

    [Fact]
    public async Task An_account_may_own_under_its_own_id_and_under_no_other_s()
    {
        var bench = await IdentityBench.OpenAsync();
        var account = Ok(await bench.Service.Accounts.CreateAsync(new NewAccount("ceph", Id: "123456789012", CanonicalId: "123456789012"), default));
        bench.Service.FindAccountByCanonicalId("123456789012").ShouldBe(account);
        foreach (var wrong in new[] { "123456789013", bench.Account.Id, "tenant", "" })
            (await bench.Service.Accounts.CreateAsync(new NewAccount("other", Id: "123456789014", CanonicalId: wrong), default)).IsOk.ShouldBeFalse(wrong);
    }

    private static async Task<(IdentityBench, QueryBench)> OpenAsync(bool ceph)
    {
        var dialect = ceph ? S3Dialect.Ceph : S3Dialect.Aws;
        var bench = await IdentityBench.OpenAsync();
        await bench.ReopenAsync(dialect: dialect);
        return (bench, new QueryBench(bench) { Dialect = dialect });
    }

    private static async Task<(User User, AccessKey Key)> ForeignUserAsync(IdentityBench bench, string name, params string[] policies)
    {
        var account = bench.Service.Accounts.List().FirstOrDefault(known => known.Name == "foreign")
            ?? Ok(await bench.Service.Accounts.CreateAsync(new NewAccount("foreign"), default));
        Ok(await bench.Service.Users.CreateAsync(account.Id, new NewUser(name), default));
        foreach (var policy in policies) Ok(await bench.Service.Attachments.PutInlineAsync(account.Id, new PolicyHolder(PolicyHolderKind.User, name), "policy", policy, default));
        return (bench.Service.Users.Find(account.Id, name)!, Ok(await bench.Service.Users.CreateKeyAsync(account.Id, name, null, default)));
    }

    private static Task<QueryReply> AssumeAsync(QueryBench query, Credential caller, Role role) =>
        query.StsAsync(caller, "AssumeRole", ("RoleArn", role.Arn), ("RoleSessionName", "work"));
}
