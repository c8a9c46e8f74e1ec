using ObjectStore.ObjectServer.Tests.Identities;
using static ObjectStore.ObjectServer.Tests.Identities.IdentityBench;

namespace ObjectStore.ObjectServer.Tests.Iam;

public sealed class StsCallTests
{
    private const string AllowAssume = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}]}""";

    [Fact]
    public async Task Who_is_trusted_by_name_assumes_the_role_and_others_do_not()
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var (bob, bobKey) = await bench.NewUserAsync("bob");
        var (_, carolKey) = await bench.NewUserAsync("carol", AllowAssume);
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bob.Arn}}"}""");

        var reply = (await query.StsAsync(bench.Find(bobKey), "AssumeRole", ("RoleArn", role.Arn), ("RoleSessionName", "work"))).Ok();
        var session = bench.Service.Find(reply["AccessKeyId"], reply["SessionToken"]).Credential.ShouldNotBeNull();
        session.Principal.Arn.ShouldBe($"arn:aws:sts::{bench.Account.Id}:assumed-role/worker/work");
        reply["AssumedRoleId"].ShouldBe($"{role.Id}:work");
        reply["Expiration"].ShouldBe("2026-03-04T06:06:07Z");
        (await query.StsAsync(session, "GetCallerIdentity")).Ok()["Arn"].ShouldBe(session.Principal.Arn);

        (await query.StsAsync(bench.Find(carolKey), "AssumeRole", ("RoleArn", role.Arn), ("RoleSessionName", "work"))).Code.ShouldBe("AccessDenied");
        (await query.StsAsync(bench.Find(bobKey), "AssumeRole", ("RoleArn", role.Arn + "x"), ("RoleSessionName", "work"))).Code.ShouldBe("AccessDenied");
        (await query.StsAsync(bench.Service.Find(RootUser, null).Credential, "AssumeRole", ("RoleArn", role.Arn), ("RoleSessionName", "work"))).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task A_role_that_trusts_its_account_leaves_it_to_the_users_policies()
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var (_, without) = await bench.NewUserAsync("bob");
        var (_, with) = await bench.NewUserAsync("carol", AllowAssume);
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.Id}}"}""");
        (await query.StsAsync(bench.Find(without), "AssumeRole", ("RoleArn", role.Arn), ("RoleSessionName", "work"))).Code.ShouldBe("AccessDenied");
        (await query.StsAsync(bench.Find(with), "AssumeRole", ("RoleArn", role.Arn), ("RoleSessionName", "work"))).Ok();
    }

    [Fact]
    public async Task Conditions_of_the_trust_policy_hold()
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var (bob, key) = await bench.NewUserAsync("bob");
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bob.Arn}}"}""",
            extra: ""","Condition":{"StringEquals":{"sts:ExternalId":"secret","aws:RequestTag/team":"red"},"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}""");
        (string, string)[] good = [("RoleArn", role.Arn), ("RoleSessionName", "work"), ("ExternalId", "secret"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        var reply = (await query.StsAsync(bench.Find(key), "AssumeRole", good)).Ok();
        bench.Service.Find(reply["AccessKeyId"], reply["SessionToken"]).Credential!.Principal.Tags.ShouldBe([new IdentityTag("team", "red")]);
        (await query.StsAsync(bench.Find(key), "AssumeRole", good[..3])).Code.ShouldBe("AccessDenied");
        (await query.StsAsync(bench.Find(key), "AssumeRole", [.. good[..2], .. good[3..]])).Code.ShouldBe("AccessDenied");
        (await query.StsAsync(bench.Find(key), "AssumeRole", [.. good, ("Tags.member.2.Key", "other"), ("Tags.member.2.Value", "x")])).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Durations_names_and_session_policies_are_checked()
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var (bob, key) = await bench.NewUserAsync("bob");
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":["{{bob.Arn}}","{{bench.Account.Id}}"]}""", AllowAssume, maxSeconds: 7200);

        Task<QueryReply> Try(Credential credential, params (string, string)[] more) =>
            query.StsAsync(credential, "AssumeRole", [("RoleArn", role.Arn), .. more.Any(pair => pair.Item1 == "RoleSessionName") ? [] : ((string, string)[])[("RoleSessionName", "work")], .. more]);

        (await Try(bench.Find(key), ("DurationSeconds", "7200"))).Ok();
        (await Try(bench.Find(key), ("DurationSeconds", "7201"))).Code.ShouldBe("ValidationError");
        (await Try(bench.Find(key), ("DurationSeconds", "899"))).Code.ShouldBe("ValidationError");
        (await Try(bench.Find(key), ("DurationSeconds", "x"))).Code.ShouldBe("ValidationError");
        (await Try(bench.Find(key), ("RoleSessionName", "a"))).Code.ShouldBe("ValidationError");
        (await Try(bench.Find(key), ("RoleSessionName", "a b"))).Code.ShouldBe("ValidationError");
        (await Try(bench.Find(key), ("Policy", "{"))).Code.ShouldBe("MalformedPolicyDocument");
        (await Try(bench.Find(key), ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/NoSuch"))).Code.ShouldBe("MalformedPolicyDocument");
        var limited = (await Try(bench.Find(key), ("Policy", AllowAll), ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"))).Ok();
        var principal = bench.Service.Find(limited["AccessKeyId"], limited["SessionToken"]).Credential!;
        bench.Service.PoliciesOf(principal.Principal).Session!.Count.ShouldBe(2);

        // A session that assumes a role further gets an hour at most.
        (await Try(principal, ("DurationSeconds", "7200"))).Code.ShouldBe("ValidationError");
        (await Try(principal, ("DurationSeconds", "3600"))).Ok();
    }

    [Fact]
    public async Task A_session_token_cannot_make_another_and_cannot_call_IAM()
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var (_, key) = await bench.NewUserAsync("bob", AllowAll);
        var reply = (await query.StsAsync(bench.Find(key), "GetSessionToken", ("DurationSeconds", "900"))).Ok();
        reply["Expiration"].ShouldBe("2026-03-04T05:21:07Z");
        var session = bench.Service.Find(reply["AccessKeyId"], reply["SessionToken"]).Credential.ShouldNotBeNull();
        (await query.StsAsync(session, "GetSessionToken")).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(session.Principal, "ListUsers")).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(bench.Find(key).Principal, "ListUsers")).Ok();
    }

    [Fact]
    public async Task Transitive_tags_go_along_a_chain_of_roles()
    {
        var bench = await IdentityBench.OpenAsync();
        var query = new QueryBench(bench);
        var (bob, key) = await bench.NewUserAsync("bob");
        var first = await bench.NewRoleAsync("first", $$"""{"AWS":"{{bob.Arn}}"}""", AllowAssume);
        var second = await bench.NewRoleAsync("second", $$"""{"AWS":"{{bench.Account.Id}}"}""");
        var reply = (await query.StsAsync(bench.Find(key), "AssumeRole", ("RoleArn", first.Arn), ("RoleSessionName", "one"), ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "red"), ("Tags.member.2.Key", "stays"), ("Tags.member.2.Value", "here"), ("TransitiveTagKeys.member.1", "team"))).Ok();
        var middle = bench.Service.Find(reply["AccessKeyId"], reply["SessionToken"]).Credential!;
        var call = new[] { ("RoleArn", second.Arn), ("RoleSessionName", "two") };
        var chained = (await query.StsAsync(middle, reply["SessionToken"], "AssumeRole", call)).Ok();
        bench.Service.Find(chained["AccessKeyId"], chained["SessionToken"]).Credential!.Principal.Tags.ShouldBe([new IdentityTag("team", "red")]);
        (await query.StsAsync(middle, reply["SessionToken"], "AssumeRole", [.. call, ("Tags.member.1.Key", "TEAM"), ("Tags.member.1.Value", "blue")])).Code.ShouldBe("InvalidInput");

        // Also when so many others have begun sessions that this one's is no longer kept.
        for (var i = 0; i <= SessionService.CacheCapacity; i++) bench.Service.Sessions.Start(bench.Find(key), TimeSpan.FromHours(1));
        chained = (await query.StsAsync(middle, reply["SessionToken"], "AssumeRole", call)).Ok();
        bench.Service.Find(chained["AccessKeyId"], chained["SessionToken"]).Credential!.Principal.Tags.ShouldBe([new IdentityTag("team", "red")]);
    }
}
