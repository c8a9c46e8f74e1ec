using ObjectStore.Metadata.Kv;
using ObjectStore.Server.Policies;
using static ObjectStore.ObjectServer.Tests.Identities.IdentityBench;

namespace ObjectStore.ObjectServer.Tests.Identities;

public sealed class IdentityServiceTests
{
    [Fact]
    public async Task The_configured_credential_is_root_of_the_operators_account_and_changes_with_its_password()
    {
        var bench = await OpenAsync();
        var root = bench.Service.Find(RootUser, null).Credential.ShouldNotBeNull();
        root.Principal.Kind.ShouldBe(PrincipalKind.Root);
        root.Principal.AccountId.ShouldBe("000000000000");
        root.Principal.Arn.ShouldBe("arn:aws:iam::000000000000:root");
        await bench.ReopenAsync("another-password");
        bench.Service.Find(RootUser, null).Credential!.SecretSeed.ShouldNotBe(root.SecretSeed);
    }

    [Fact]
    public async Task All_that_was_made_is_there_after_a_restart()
    {
        var bench = await OpenAsync();
        var service = bench.Service;
        var id = bench.Account.Id;
        var (_, key) = await bench.NewUserAsync("bob", AllowAll);
        Ok(await service.Users.TagAsync(id, "bob", [new("team", "red")], default));
        Ok(await service.Groups.CreateAsync(id, "staff", "/x/", default));
        Ok(await service.Groups.AddUserAsync(id, "staff", "bob", default));
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{bench.Account.RootArn}}"}""");
        var policy = Ok(await service.Policies.CreateAsync(id, new NewPolicy("all", AllowAll, Description: "everything"), default));
        Ok(await service.Policies.CreateVersionAsync(id, policy.Arn, AllowAll, asDefault: true, default));
        Ok(await service.Attachments.AttachAsync(id, new(PolicyHolderKind.Group, "staff"), policy.Arn, default));
        Ok(await service.Attachments.SetBoundaryAsync(id, new(PolicyHolderKind.Role, "worker"), "arn:aws:iam::aws:policy/ReadOnlyAccess", default));
        var provider = Ok(await service.Providers.CreateAsync(id, "https://idp.example.com/x", ["client"], [new string('a', 40)], [], default));
        Ok(await service.Accounts.PutDocumentAsync(id, "block", new byte[] { 1, 2, 3 }, default));
        var rootKey = Ok(await service.Accounts.CreateKeyAsync(id, new GivenKey("given-key", "given-secret"), default));

        await bench.ReopenAsync();

        service = bench.Service;
        service.FindAccount(id)!.Name.ShouldBe("alice");
        service.FindAccountByEmail("ALICE@example.com")!.Id.ShouldBe(id);
        service.FindAccountByCanonicalId(bench.Account.CanonicalId)!.Id.ShouldBe(id);
        var user = service.Users.Find(id, "BOB").ShouldNotBeNull();
        user.Name.ShouldBe("bob");
        user.Tags.ShouldBe([new IdentityTag("team", "red")]);
        service.Groups.GroupsOf(user).ShouldHaveSingleItem().Path.ShouldBe("/x/");
        bench.Find(key).Principal.UserId.ShouldBe(user.Id);
        bench.Find(rootKey).Principal.Arn.ShouldBe($"arn:aws:iam::{id}:root");
        var worker = service.Roles.FindByArn(role.Arn).ShouldNotBeNull();
        worker.TrustPolicy.ShouldBe(role.TrustPolicy);
        worker.Policies.Boundary.ShouldBe("arn:aws:iam::aws:policy/ReadOnlyAccess");
        service.Policies.FindByArn(policy.Arn)!.DefaultVersion.ShouldBe(2);
        service.Providers.FindByArn(provider.Arn)!.ClientIds.ShouldBe(["client"]);
        service.TryGetDocument(id, "block", out var document).ShouldBeTrue();
        document!.Value.ToArray().ShouldBe([1, 2, 3]);
        service.PoliciesOf(bench.Find(key).Principal).Identity.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_key_that_is_made_inactive_or_deleted_is_unknown_at_once()
    {
        var bench = await OpenAsync();
        var (_, key) = await bench.NewUserAsync("bob");
        bench.Find(key);
        Ok(await bench.Service.Users.SetKeyActiveAsync(bench.Account.Id, "bob", key.Id, isActive: false, default));
        bench.Service.Find(key.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        Ok(await bench.Service.Users.SetKeyActiveAsync(bench.Account.Id, "bob", key.Id, isActive: true, default));
        bench.Find(key);
        Ok(await bench.Service.Users.DeleteKeyAsync(bench.Account.Id, "bob", key.Id, default));
        bench.Service.Find(key.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
    }

    [Fact]
    public async Task A_deleted_user_has_no_key_and_no_policy_even_for_a_request_that_is_under_way()
    {
        var bench = await OpenAsync();
        var (_, key) = await bench.NewUserAsync("bob", AllowAll);
        var principal = bench.Find(key).Principal;
        bench.Service.PoliciesOf(principal).Identity.ShouldHaveSingleItem();
        bench.Service.Users.DeleteAsync(bench.Account.Id, "bob", withBelongings: false, default).AsTask().Result.Refusal!.Fault.ShouldBe(IdentityFault.DeleteConflict);
        Ok(await bench.Service.Users.DeleteAsync(bench.Account.Id, "bob", withBelongings: true, default));
        bench.Service.Find(key.Id, null).Fault.ShouldBe(CredentialFault.UnknownKey);
        bench.Service.PoliciesOf(principal).Identity.ShouldBeEmpty();

        // The same name is somebody else.
        var (again, _) = await bench.NewUserAsync("bob", AllowAll);
        again.Id.ShouldNotBe(principal.UserId);
        bench.Service.PoliciesOf(principal).Identity.ShouldBeEmpty();
    }

    [Fact]
    public async Task Policies_of_users_groups_and_versions_count_from_the_change_on()
    {
        var bench = await OpenAsync();
        var (_, key) = await bench.NewUserAsync("bob");
        var principal = bench.Find(key).Principal;
        var id = bench.Account.Id;
        bench.Service.PoliciesOf(principal).Identity.ShouldBeEmpty();
        Ok(await bench.Service.Groups.CreateAsync(id, "staff", "/", default));
        Ok(await bench.Service.Attachments.PutInlineAsync(id, new(PolicyHolderKind.Group, "staff"), "p", AllowAll, default));
        bench.Service.PoliciesOf(principal).Identity.ShouldBeEmpty();
        Ok(await bench.Service.Groups.AddUserAsync(id, "staff", "bob", default));
        bench.Service.PoliciesOf(principal).Identity.Count.ShouldBe(1);
        Ok(await bench.Service.Groups.UpdateAsync(id, "staff", "crew", null, default));
        bench.Service.PoliciesOf(principal).Identity.Count.ShouldBe(1);
        Ok(await bench.Service.Groups.RemoveUserAsync(id, "crew", "bob", default));
        bench.Service.PoliciesOf(principal).Identity.ShouldBeEmpty();
        Ok(await bench.Service.Attachments.SetBoundaryAsync(id, new(PolicyHolderKind.User, "bob"), "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", default));
        bench.Service.PoliciesOf(principal).Boundary.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_change_that_does_not_commit_is_not_seen_and_one_of_unknown_outcome_is_read_again()
    {
        var bench = await OpenAsync();
        bench.Store.BeforeCommit = _ => throw new KvException(KvFault.UnknownOutcome, "the journal is gone");
        var lost = await bench.Service.Users.CreateAsync(bench.Account.Id, new NewUser("bob"), default);
        lost.Refusal!.Fault.ShouldBe(IdentityFault.UnknownOutcome);
        bench.Service.Users.Find(bench.Account.Id, "bob").ShouldBeNull();
        bench.Store.BeforeCommit = null;
        Ok(await bench.Service.Users.CreateAsync(bench.Account.Id, new NewUser("bob"), default));
        bench.Service.Users.List(bench.Account.Id).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Two_servers_on_one_store_do_not_overwrite_each_other()
    {
        var bench = await OpenAsync();
        var first = bench.Service;
        await bench.ReopenAsync();
        var second = bench.Service;
        Ok(await first.Users.CreateAsync(bench.Account.Id, new NewUser("one"), default));
        Ok(await second.Users.CreateAsync(bench.Account.Id, new NewUser("two"), default));
        (await first.Users.CreateAsync(bench.Account.Id, new NewUser("two"), default)).Refusal!.Fault.ShouldBe(IdentityFault.EntityAlreadyExists);
        second.Users.List(bench.Account.Id).Select(user => user.Name).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Changes_at_once_all_count()
    {
        var bench = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => bench.Service.Users.CreateAsync(bench.Account.Id, new NewUser($"user-{i}"), default).AsTask()));
        bench.Service.Users.List(bench.Account.Id).Count.ShouldBe(50);
        await bench.ReopenAsync();
        bench.Service.Users.List(bench.Account.Id).Count.ShouldBe(50);
    }

    [Theory]
    [InlineData(nameof(PolicyHolderKind.User), PolicyLimits.UserInlineChars)]
    [InlineData(nameof(PolicyHolderKind.Group), PolicyLimits.GroupInlineChars)]
    [InlineData(nameof(PolicyHolderKind.Role), PolicyLimits.RoleInlineChars)]
    public async Task Inline_policies_are_bounded_together_and_leave_room_for_keys(string holds, int most)
    {
        var bench = await OpenAsync();
        var id = bench.Account.Id;
        var kind = Enum.Parse<PolicyHolderKind>(holds);
        var holder = new PolicyHolder(kind, "bob");
        await bench.NewUserAsync("bob");
        if (kind == PolicyHolderKind.Group) Ok(await bench.Service.Groups.CreateAsync(id, "bob", "/", default));
        if (kind == PolicyHolderKind.Role) await bench.NewRoleAsync("bob", $$"""{"AWS":"{{id}}"}""", policy: null);
        var least = PolicyOf(0).Length;
        Ok(await bench.Service.Attachments.PutInlineAsync(id, holder, "most", PolicyOf(most - least), default));
        Ok(await bench.Service.Attachments.PutInlineAsync(id, holder, "rest", PolicyOf(least), default));
        (await bench.Service.Attachments.PutInlineAsync(id, holder, "rest", PolicyOf(least + 1), default)).Refusal!.Fault.ShouldBe(IdentityFault.LimitExceeded);
        Ok(await bench.Service.Users.CreateKeyAsync(id, "bob", null, default));
        await bench.ReopenAsync();
        bench.Service.Attachments.Find(id, holder)!.Inline.Values.Sum(document => document.Length).ShouldBe(most);
    }

    /// <summary>A policy of so many characters, none of which is white space.</summary>
    private static string PolicyOf(int length)
    {
        const string Begin = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::b/", End = "\"}]}";
        return Begin + new string('k', Math.Max(1, length - Begin.Length - End.Length)) + End;
    }

    [Fact]
    public async Task Quotas_and_uniqueness_are_kept()
    {
        var bench = await OpenAsync();
        var id = bench.Account.Id;
        await bench.NewUserAsync("bob");
        Ok(await bench.Service.Users.CreateKeyAsync(id, "bob", null, default));
        (await bench.Service.Users.CreateKeyAsync(id, "bob", null, default)).Refusal!.Fault.ShouldBe(IdentityFault.LimitExceeded);
        (await bench.Service.Users.CreateAsync(id, new NewUser("BOB"), default)).Refusal!.Fault.ShouldBe(IdentityFault.EntityAlreadyExists);
        (await bench.Service.Accounts.CreateAsync(new NewAccount("Alice"), default)).Refusal!.Fault.ShouldBe(IdentityFault.EntityAlreadyExists);
        (await bench.Service.Accounts.CreateAsync(new NewAccount("x", "ALICE@example.com"), default)).Refusal!.Fault.ShouldBe(IdentityFault.EntityAlreadyExists);
        (await bench.Service.Accounts.CreateKeyAsync(id, new GivenKey(RootUser, "some-secret"), default)).Refusal!.Fault.ShouldBe(IdentityFault.EntityAlreadyExists);
        (await bench.Service.Accounts.DeleteAsync(id, default)).Refusal!.Fault.ShouldBe(IdentityFault.DeleteConflict);
        (await bench.Service.Accounts.DeleteAsync("000000000000", default)).IsOk.ShouldBeFalse();
        (await bench.Service.Users.CreateAsync(id, new NewUser("a b"), default)).Refusal!.Fault.ShouldBe(IdentityFault.ValidationError);
        (await bench.Service.Users.CreateAsync(id, new NewUser("c", "no-slash"), default)).Refusal!.Fault.ShouldBe(IdentityFault.ValidationError);
        (await bench.Service.Users.CreateAsync(id, new NewUser("c", Boundary: "arn:aws:iam::aws:policy/NoSuchPolicy"), default)).Refusal!.Fault.ShouldBe(IdentityFault.NoSuchEntity);
    }

    [Fact]
    public async Task A_policy_that_is_in_use_is_kept_and_one_of_another_account_cannot_be_attached()
    {
        var bench = await OpenAsync();
        await bench.NewUserAsync("bob");
        var holder = new PolicyHolder(PolicyHolderKind.User, "bob");
        var policy = Ok(await bench.Service.Policies.CreateAsync(bench.Account.Id, new NewPolicy("all", AllowAll), default));
        Ok(await bench.Service.Attachments.AttachAsync(bench.Account.Id, holder, policy.Arn, default));
        (await bench.Service.Policies.DeleteAsync(bench.Account.Id, policy.Arn, withBelongings: false, default)).Refusal!.Fault.ShouldBe(IdentityFault.DeleteConflict);
        var other = Ok(await bench.Service.Accounts.CreateAsync(new NewAccount("other"), default));
        var foreign = Ok(await bench.Service.Policies.CreateAsync(other.Id, new NewPolicy("all", AllowAll), default));
        (await bench.Service.Attachments.AttachAsync(bench.Account.Id, holder, foreign.Arn, default)).IsOk.ShouldBeFalse();
        (await bench.Service.Policies.DeleteAsync(bench.Account.Id, foreign.Arn, withBelongings: true, default)).Refusal!.Fault.ShouldBe(IdentityFault.NoSuchEntity);
        (await bench.Service.Policies.DeleteAsync(bench.Account.Id, "arn:aws:iam::aws:policy/ReadOnlyAccess", withBelongings: true, default)).Refusal!.Fault.ShouldBe(IdentityFault.UnmodifiableEntity);
    }

    [Fact]
    public async Task Who_exists_is_told_by_exact_arns()
    {
        var bench = await OpenAsync();
        var (user, _) = await bench.NewUserAsync("bob");
        var role = await bench.NewRoleAsync("worker", $$"""{"AWS":"{{user.Arn}}"}""");
        var service = bench.Service;
        service.Exists(bench.Account.Id).ShouldBeTrue();
        service.Exists(bench.Account.RootArn).ShouldBeTrue();
        service.Exists(user.Arn).ShouldBeTrue();
        service.Exists(role.Arn).ShouldBeTrue();
        service.Exists($"arn:aws:sts::{bench.Account.Id}:assumed-role/worker/any").ShouldBeTrue();
        service.Exists("999999999999").ShouldBeFalse();
        service.Exists($"arn:aws:iam::{bench.Account.Id}:user/other/bob").ShouldBeFalse();
        service.Exists("arn:aws:iam:::root").ShouldBeFalse();
        service.Exists("arn:aws:iam::000000000000:user/").ShouldBeFalse();
    }

    [Fact]
    public async Task A_trust_policy_that_names_nobody_is_refused()
    {
        var bench = await OpenAsync();
        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{bench.Account.Id}}:user/nobody"},"Action":"sts:AssumeRole"}]}""";
        (await bench.Service.Roles.CreateAsync(bench.Account.Id, new NewRole("r", trust), default)).Refusal!.Fault.ShouldBe(IdentityFault.MalformedPolicyDocument);
    }

    [Fact]
    public async Task Arns_of_the_operator_can_do_without_an_account()
    {
        var bench = await OpenAsync();
        await bench.ReopenAsync(withoutAccount: true);
        var made = Ok(await bench.Service.Users.CreateAsync("000000000000", new NewUser("bob"), default));
        made.Arn.ShouldBe("arn:aws:iam:::user/bob");
        bench.Service.Exists("arn:aws:iam:::user/bob").ShouldBeTrue();
        bench.Service.Exists("arn:aws:iam::000000000000:user/bob").ShouldBeFalse();
        bench.Service.FindAccount(bench.Account.Id)!.RootArn.ShouldBe($"arn:aws:iam::{bench.Account.Id}:root");
    }

    [Fact]
    public async Task Secrets_do_not_appear_in_texts()
    {
        var bench = await OpenAsync();
        var (user, key) = await bench.NewUserAsync("bob");
        var secret = key.Secret.Reveal();
        foreach (var text in (string[])[key.ToString(), user.ToString(), bench.Find(key).ToString(), new GivenKey("id", secret).ToString()]) text.ShouldNotContain(secret);
    }
}
