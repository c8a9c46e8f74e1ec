using FsCheck;
using FsCheck.Fluent;
using static ObjectStore.ObjectServer.Tests.Identities.IdentityBench;

namespace ObjectStore.ObjectServer.Tests.Identities;

public sealed class SessionTests
{
    [Fact]
    public async Task A_session_of_a_user_is_that_user_until_it_expires()
    {
        var bench = await OpenAsync();
        var (user, key) = await bench.NewUserAsync("bob", AllowAll);
        var session = bench.Service.Sessions.Start(bench.Find(key), TimeSpan.FromHours(1));
        var found = bench.Service.Find(session.AccessKey, session.Token).Credential.ShouldNotBeNull();
        found.Principal.UserId.ShouldBe(user.Id);
        found.Principal.Arn.ShouldBe(user.Arn);
        found.Principal.TokenIssueTime.ShouldBe(bench.Time.Now);
        bench.Service.PoliciesOf(found.Principal).Identity.ShouldHaveSingleItem();
        bench.Service.Find(session.AccessKey, session.Token).Credential.ShouldBeSameAs(found);

        bench.Service.Find(session.AccessKey, null).Fault.ShouldBe(CredentialFault.InvalidToken);
        bench.Service.Find("ASIAANOTHERONE", session.Token).Fault.ShouldBe(CredentialFault.InvalidToken);
        bench.Service.Find(key.Id, session.Token).Fault.ShouldBe(CredentialFault.InvalidToken);
        bench.Time.Now += TimeSpan.FromHours(1);
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.ExpiredToken);
    }

    [Fact]
    public async Task A_session_ends_with_the_key_it_was_asked_with()
    {
        var bench = await OpenAsync();
        var (_, key) = await bench.NewUserAsync("bob", AllowAll);
        var session = bench.Service.Sessions.Start(bench.Find(key), TimeSpan.FromHours(1));
        Ok(await bench.Service.Users.SetKeyActiveAsync(bench.Account.Id, "bob", key.Id, isActive: false, default));
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
        Ok(await bench.Service.Users.DeleteAsync(bench.Account.Id, "bob", withBelongings: true, default));
        // A key of the same name with another secret is not the one.
        await bench.NewUserAsync("carol");
        Ok(await bench.Service.Users.CreateKeyAsync(bench.Account.Id, "carol", new GivenKey(key.Id, "another-secret"), default));
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
    }

    [Fact]
    public async Task A_session_of_the_configured_root_ends_when_its_password_changes()
    {
        var bench = await OpenAsync();
        var session = bench.Service.Sessions.Start(bench.Service.Find(RootUser, null).Credential!, TimeSpan.FromHours(1));
        await bench.ReopenAsync();
        bench.Service.Find(session.AccessKey, session.Token).Credential!.Principal.Kind.ShouldBe(PrincipalKind.Root);
        await bench.ReopenAsync("another-password");
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
    }

    [Fact]
    public async Task A_session_of_a_role_lives_through_restarts_and_ends_with_the_role()
    {
        var bench = await OpenAsync();
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.RootArn}}"}""");
        var session = Start(bench, role, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}""");
        await bench.ReopenAsync();
        var principal = bench.Service.Find(session.AccessKey, session.Token).Credential!.Principal;
        principal.Kind.ShouldBe(PrincipalKind.AssumedRole);
        principal.Arn.ShouldBe($"arn:aws:sts::{bench.Account.Id}:assumed-role/worker/session");
        principal.UserId.ShouldBe($"{role.Id}:session");
        principal.RoleArn.ShouldBe(role.Arn);
        principal.Tags.ShouldBe([new IdentityTag("team", "red")]);
        var policies = bench.Service.PoliciesOf(principal);
        policies.Identity.ShouldHaveSingleItem();
        policies.Session.ShouldNotBeNull().ShouldHaveSingleItem();

        Ok(await bench.Service.Attachments.DeleteInlineAsync(bench.Account.Id, new(PolicyHolderKind.Role, "worker"), "policy", default));
        bench.Service.PoliciesOf(principal).Identity.ShouldBeEmpty();
        Ok(await bench.Service.Roles.DeleteAsync(bench.Account.Id, "worker", withBelongings: true, default));
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
        await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.RootArn}}"}""");
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.UnknownKey);
    }

    [Fact]
    public async Task A_managed_session_policy_that_was_deleted_allows_nothing()
    {
        var bench = await OpenAsync();
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.RootArn}}"}""");
        var policy = Ok(await bench.Service.Policies.CreateAsync(bench.Account.Id, new NewPolicy("p", AllowAll), default));
        var session = bench.Service.Sessions.Start(new RoleSessionRequest(role, new RoleSession("session"), TimeSpan.FromHours(1), null, [policy.Arn]));
        bench.Service.PoliciesOf(session.Principal).Session!.Count.ShouldBe(1);
        Ok(await bench.Service.Policies.DeleteAsync(bench.Account.Id, policy.Arn, withBelongings: true, default));
        bench.Service.PoliciesOf(session.Principal).Session.ShouldNotBeNull().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_of_another_store_is_refused()
    {
        var bench = await OpenAsync();
        var other = await OpenAsync();
        var session = other.Service.Sessions.Start(other.Service.Find(RootUser, null).Credential!, TimeSpan.FromHours(1));
        bench.Service.Find(session.AccessKey, session.Token).Fault.ShouldBe(CredentialFault.InvalidToken);
    }

    [Fact]
    public async Task Any_text_and_any_changed_token_is_refused()
    {
        var bench = await OpenAsync();
        var session = bench.Service.Sessions.Start(bench.Service.Find(RootUser, null).Credential!, TimeSpan.FromHours(1));
        var changed = from at in Gen.Choose(0, session.Token.Length - 1)
                      from with in Gen.Elements("ABCxyz019-_=+/ .\u00e9\n".ToCharArray())
                      from cut in Gen.Choose(0, session.Token.Length)
                      from keep in Gen.Elements(true, false)
                      select keep ? session.Token[..at] + with + session.Token[(at + 1)..] : session.Token[..cut];
        var texts = Gen.OneOf(changed, ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(texts.ToArbitrary(), text =>
        {
            if (text == session.Token || text.Length == 0) return true;
            return bench.Service.Find(session.AccessKey, text).Fault == CredentialFault.InvalidToken;
        }));
    }

    private static SessionCredentials Start(IdentityBench bench, Role role, string? policy) => bench.Service.Sessions.Start(new RoleSessionRequest(
        role, new RoleSession("session") { Tags = [new("team", "red")] }, TimeSpan.FromHours(1), policy, []));
}
