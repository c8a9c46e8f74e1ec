using ObjectStore.ObjectServer.Tests.Identities;
using ObjectStore.Server.Iam;

namespace ObjectStore.ObjectServer.Tests.Iam;

public sealed class IamCallTests
{
    private const string AllowAll = IdentityBench.AllowAll;

    private static async Task<(IdentityBench Identities, QueryBench Query, Principal Root)> OpenAsync()
    {
        var identities = await IdentityBench.OpenAsync();
        var key = IdentityBench.Ok(await identities.Service.Accounts.CreateKeyAsync(identities.Account.Id, null, default));
        return (identities, new QueryBench(identities), identities.Find(key).Principal);
    }

    [Fact]
    public async Task A_root_makes_users_and_users_do_only_what_their_policies_allow()
    {
        var (identities, query, root) = await OpenAsync();
        var made = (await query.CallAsync(root, "CreateUser", ("UserName", "bob"), ("Path", "/team/"))).Ok();
        made["Arn"].ShouldBe($"arn:aws:iam::{identities.Account.Id}:user/team/bob");
        made["UserId"].ShouldStartWith("AIDA");
        var key = (await query.CallAsync(root, "CreateAccessKey", ("UserName", "bob"))).Ok();
        var bob = identities.Service.Find(key["AccessKeyId"], null).Credential!.Principal;

        var denied = await query.CallAsync(bob, "CreateUser", ("UserName", "carol"));
        denied.Status.ShouldBe(403);
        denied.Code.ShouldBe("AccessDenied");
        denied["Type"].ShouldBe("Sender");
        // Not even about itself.
        (await query.CallAsync(bob, "GetUser")).Code.ShouldBe("AccessDenied");

        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:CreateUser","Resource":"arn:aws:iam::{{identities.Account.Id}}:user/team/*"},{"Effect":"Allow","Action":"iam:GetUser","Resource":"arn:aws:iam::{{identities.Account.Id}}:user/team/${aws:username}"}]}""";
        (await query.CallAsync(root, "PutUserPolicy", ("UserName", "bob"), ("PolicyName", "p"), ("PolicyDocument", policy))).Ok();
        (await query.CallAsync(bob, "CreateUser", ("UserName", "carol"), ("Path", "/team/"))).Ok();
        (await query.CallAsync(bob, "CreateUser", ("UserName", "dave"), ("Path", "/other/"))).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(bob, "GetUser")).Ok()["UserName"].ShouldBe("bob");
        (await query.CallAsync(bob, "GetUser", ("UserName", "carol"))).Code.ShouldBe("AccessDenied");

        // Who may change carol may still not move her to where he may not.
        var update = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:UpdateUser","Resource":"arn:aws:iam::{{identities.Account.Id}}:user/team/*"}]}""";
        (await query.CallAsync(root, "PutUserPolicy", ("UserName", "bob"), ("PolicyName", "q"), ("PolicyDocument", update))).Ok();
        (await query.CallAsync(bob, "UpdateUser", ("UserName", "carol"), ("NewPath", "/admins/"))).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(bob, "UpdateUser", ("UserName", "carol"), ("NewUserName", "caroline"))).Ok();
        (await query.CallAsync(bob, "UpdateUser", ("UserName", "caroline"), ("NewUserName", "carol"))).Ok();
        (await query.CallAsync(root, "DeleteUserPolicy", ("UserName", "bob"), ("PolicyName", "p"))).Ok();
        (await query.CallAsync(bob, "GetUser")).Code.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task A_root_sees_nothing_of_another_account()
    {
        var (identities, query, root) = await OpenAsync();
        await identities.NewUserAsync("bob");
        var policy = IdentityBench.Ok(await identities.Service.Policies.CreateAsync(identities.Account.Id, new NewPolicy("p", AllowAll), default));
        var other = IdentityBench.Ok(await identities.Service.Accounts.CreateAsync(new NewAccount("other"), default));
        var stranger = identities.Find(IdentityBench.Ok(await identities.Service.Accounts.CreateKeyAsync(other.Id, null, default))).Principal;
        (await query.CallAsync(stranger, "GetUser", ("UserName", "bob"))).Code.ShouldBe("NoSuchEntity");
        (await query.CallAsync(stranger, "GetPolicy", ("PolicyArn", policy.Arn))).Code.ShouldBe("NoSuchEntity");
        (await query.CallAsync(stranger, "ListUsers")).Ok().All("member").ShouldBeEmpty();
        (await query.CallAsync(root, "GetPolicy", ("PolicyArn", policy.Arn))).Ok();
    }

    [Fact]
    public async Task Keys_that_end_are_listed_with_their_end_and_then_as_expired()
    {
        var (identities, query, root) = await OpenAsync();
        await identities.NewUserAsync("bob");
        (await query.CallAsync(root, "ListAccessKeys", ("UserName", "bob"))).Ok().All("ExpirationDate").ShouldBeEmpty();
        var wish = new LabelledKey("ci", 1) { Lifetime = TimeSpan.FromHours(1) };
        var key = IdentityBench.Ok(await identities.Service.LabelledKeys.EnsureAsync(identities.Account.Id, "bob", wish, default)).Key;
        var list = (await query.CallAsync(root, "ListAccessKeys", ("UserName", "bob"))).Ok();
        list["ExpirationDate"].ShouldBe("2026-03-04T06:06:07Z");
        list.All("Status").ShouldBe(["Active", "Active"]);
        identities.Time.Now += TimeSpan.FromHours(1);
        (await query.CallAsync(root, "ListAccessKeys", ("UserName", "bob"))).Ok().All("Status").ShouldBe(["Active", "Expired"], ignoreOrder: true);
        (await query.CallAsync(root, "DeleteAccessKey", ("UserName", "bob"), ("AccessKeyId", key.Id))).Ok();
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        var (_, query, root) = await OpenAsync();
        foreach (var name in (string[])["b", "A", "c"]) (await query.CallAsync(root, "CreateUser", ("UserName", name))).Ok();
        var first = (await query.CallAsync(root, "ListUsers", ("MaxItems", "2"))).Ok();
        first.All("UserName").ShouldBe(["A", "b"]);
        first["IsTruncated"].ShouldBe("true");
        var second = (await query.CallAsync(root, "ListUsers", ("MaxItems", "2"), ("Marker", first["Marker"]))).Ok();
        second.All("UserName").ShouldBe(["c"]);
        second["IsTruncated"].ShouldBe("false");
        (await query.CallAsync(root, "ListUsers", ("MaxItems", "0"))).Code.ShouldBe("ValidationError");
    }

    [Fact]
    public async Task Groups_roles_policies_and_boundaries_go_through_their_lives()
    {
        var (identities, query, root) = await OpenAsync();
        var account = identities.Account.Id;
        (await query.CallAsync(root, "CreateUser", ("UserName", "bob"))).Ok();
        (await query.CallAsync(root, "CreateGroup", ("GroupName", "staff"))).Ok()["GroupId"].ShouldStartWith("AGPA");
        (await query.CallAsync(root, "AddUserToGroup", ("GroupName", "staff"), ("UserName", "bob"))).Ok();
        (await query.CallAsync(root, "GetGroup", ("GroupName", "staff"))).Ok().All("UserName").ShouldBe(["bob"]);
        (await query.CallAsync(root, "ListGroupsForUser", ("UserName", "bob"))).Ok().All("GroupName").ShouldBe(["staff"]);
        (await query.CallAsync(root, "DeleteGroup", ("GroupName", "staff"))).Code.ShouldBe("DeleteConflict");
        (await query.CallAsync(root, "DeleteUser", ("UserName", "bob"))).Status.ShouldBe(409);

        var policy = (await query.CallAsync(root, "CreatePolicy", ("PolicyName", "all"), ("PolicyDocument", AllowAll), ("Description", "a<b"))).Ok();
        policy["Description"].ShouldBe("a<b");
        var arn = policy["Arn"];
        (await query.CallAsync(root, "CreatePolicyVersion", ("PolicyArn", arn), ("PolicyDocument", AllowAll), ("SetAsDefault", "true"))).Ok()["VersionId"].ShouldBe("v2");
        (await query.CallAsync(root, "DeletePolicyVersion", ("PolicyArn", arn), ("VersionId", "v2"))).Code.ShouldBe("DeleteConflict");
        Uri.UnescapeDataString((await query.CallAsync(root, "GetPolicyVersion", ("PolicyArn", arn), ("VersionId", "v1"))).Ok()["Document"]).ShouldBe(AllowAll);
        (await query.CallAsync(root, "AttachGroupPolicy", ("GroupName", "staff"), ("PolicyArn", arn))).Ok();
        (await query.CallAsync(root, "ListEntitiesForPolicy", ("PolicyArn", arn))).Ok().All("GroupName").ShouldBe(["staff"]);
        (await query.CallAsync(root, "GetPolicy", ("PolicyArn", arn))).Ok()["AttachmentCount"].ShouldBe("1");
        (await query.CallAsync(root, "DeletePolicy", ("PolicyArn", arn))).Code.ShouldBe("DeleteConflict");

        var trust = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{{account}}"},"Action":"sts:AssumeRole"}]}""";
        var role = (await query.CallAsync(root, "CreateRole", ("RoleName", "worker"), ("AssumeRolePolicyDocument", trust), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v"))).Ok();
        role["MaxSessionDuration"].ShouldBe("3600");
        (await query.CallAsync(root, "UpdateRole", ("RoleName", "worker"), ("Description", "does"), ("MaxSessionDuration", "7200"))).Ok();
        var read = (await query.CallAsync(root, "GetRole", ("RoleName", "worker"))).Ok();
        read["MaxSessionDuration"].ShouldBe("7200");
        Uri.UnescapeDataString(read["AssumeRolePolicyDocument"]).ShouldBe(trust);
        (await query.CallAsync(root, "ListRoleTags", ("RoleName", "worker"))).Ok()["Value"].ShouldBe("v");
        (await query.CallAsync(root, "UpdateRole", ("RoleName", "worker"), ("MaxSessionDuration", "1"))).Code.ShouldBe("ValidationError");
        (await query.CallAsync(root, "PutRolePermissionsBoundary", ("RoleName", "worker"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"))).Ok();
        (await query.CallAsync(root, "GetRole", ("RoleName", "worker"))).Ok()["PermissionsBoundaryArn"].ShouldEndWith("ReadOnlyAccess");
        (await query.CallAsync(root, "DeleteRolePermissionsBoundary", ("RoleName", "worker"))).Ok();
        (await query.CallAsync(root, "DeleteRole", ("RoleName", "worker"))).Ok();
    }

    [Fact]
    public async Task A_parameter_that_a_call_does_not_have_fits_no_condition()
    {
        var (identities, query, root) = await OpenAsync();
        const string boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        // AWS's example of a delegated administrator: it may give permissions to those only who have the boundary.
        var delegated = $$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":["iam:AttachUserPolicy","iam:PutUserPolicy","iam:CreateUser"],"Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"{{boundary}}"} } },
              {"Effect":"Allow","Action":["iam:CreateAccessKey","iam:UntagUser"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"red"} } },
              {"Effect":"Allow","Action":"iam:DeleteUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"{{boundary}}"} } } ] }
            """;
        var (_, key) = await identities.NewUserAsync("delegate", delegated);
        var delegate_ = identities.Find(key).Principal;
        (await query.CallAsync(root, "CreateUser", ("UserName", "free"))).Ok();
        const string admin = "arn:aws:iam::aws:policy/AdministratorAccess";
        (await query.CallAsync(delegate_, "AttachUserPolicy", ("UserName", "free"), ("PolicyArn", admin), ("PermissionsBoundary", boundary))).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(delegate_, "PutUserPolicy", ("UserName", "delegate"), ("PolicyName", "all"), ("PolicyDocument", AllowAll), ("PermissionsBoundary", boundary)))
            .Code.ShouldBe("AccessDenied");
        (string, string)[] tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
        (await query.CallAsync(delegate_, "CreateAccessKey", [("UserName", "free"), .. tag])).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(delegate_, "UntagUser", [("UserName", "free"), ("TagKeys.member.1", "team"), .. tag])).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(delegate_, "DeleteUserPolicy", ("UserName", "delegate"), ("PolicyName", "policy-0"), ("PolicyArn", boundary))).Code.ShouldBe("AccessDenied");

        (await query.CallAsync(delegate_, "CreateUser", ("UserName", "bound"))).Code.ShouldBe("AccessDenied");
        (await query.CallAsync(delegate_, "CreateUser", ("UserName", "bound"), ("PermissionsBoundary", boundary))).Ok();
        (await query.CallAsync(delegate_, "AttachUserPolicy", ("UserName", "bound"), ("PolicyArn", admin))).Ok();
    }

    [Fact]
    public async Task Malformed_policies_and_unknown_names_have_their_codes()
    {
        var (_, query, root) = await OpenAsync();
        (await query.CallAsync(root, "CreateUser", ("UserName", "bob"))).Ok();
        (await query.CallAsync(root, "PutUserPolicy", ("UserName", "bob"), ("PolicyName", "p"), ("PolicyDocument", "{}"))).Code.ShouldBe("MalformedPolicyDocument");
        (await query.CallAsync(root, "PutUserPolicy", ("UserName", "nobody"), ("PolicyName", "p"), ("PolicyDocument", AllowAll))).Status.ShouldBe(404);
        (await query.CallAsync(root, "GetUserPolicy", ("UserName", "bob"), ("PolicyName", "p"))).Code.ShouldBe("NoSuchEntity");
        (await query.CallAsync(root, "CreateUser", ("UserName", "bob"))).Status.ShouldBe(409);
        (await query.CallAsync(root, "CreateUser")).Code.ShouldBe("ValidationError");
        (await query.CallAsync(root, "CreateUser", ("UserName", "a/b"))).Code.ShouldBe("ValidationError");
        (await query.CallAsync(root, "UpdateAccessKey", ("UserName", "bob"), ("AccessKeyId", "x"), ("Status", "Broken"))).Code.ShouldBe("ValidationError");
    }

    [Fact]
    public async Task Calls_that_AWS_has_are_not_implemented_and_others_unknown()
    {
        var (_, query, root) = await OpenAsync();
        var known = await query.CallAsync(root, "CreateLoginProfile");
        known.Code.ShouldBe("NotImplemented");
        known.Status.ShouldBe(501);
        known["Type"].ShouldBe("Receiver");
        (await query.CallAsync(root, "MakeCoffee")).Code.ShouldBe("InvalidAction");
        (await query.CallAsync(root, version: null, "GetUser", [])).Code.ShouldBe("InvalidAction");
    }

    [Fact]
    public async Task The_keys_of_a_root_are_its_own_to_look_after()
    {
        var (identities, query, root) = await OpenAsync();
        var made = (await query.CallAsync(root, "CreateAccessKey")).Ok();
        (await query.CallAsync(root, "ListAccessKeys")).Ok().All("AccessKeyId").ShouldContain(made["AccessKeyId"]);
        (await query.CallAsync(root, "UpdateAccessKey", ("AccessKeyId", made["AccessKeyId"]), ("Status", "Inactive"))).Ok();
        identities.Service.Find(made["AccessKeyId"], null).Credential.ShouldBeNull();
        (await query.CallAsync(root, "DeleteAccessKey", ("AccessKeyId", made["AccessKeyId"]))).Ok();
        (await query.CallAsync(root, "DeleteAccessKey", ("AccessKeyId", made["AccessKeyId"]))).Code.ShouldBe("NoSuchEntity");
    }
}
