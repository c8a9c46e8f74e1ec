using ObjectStore.Server.Cli;
using ObjectStore.Server.Tests.S3.Operations;

namespace ObjectStore.Server.Tests.Cli;

/// <summary>Users, groups, roles and policies of an account, over IAM.</summary>
public sealed class CliIdentityTests(SdkServer server) : IClassFixture<SdkServer>, IAsyncLifetime
{
    private const string AllowRead = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}""";
    private const string Trust = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}""";

    private readonly CliRun _cli = new(server.Address);
    private readonly string _account = $"account-{Guid.NewGuid():N}";

    public async Task InitializeAsync() => (await _cli.RunAsync($"account create {_account}")).Ok();

    public Task DisposeAsync() => Task.CompletedTask;

    private Task<CliResult> WithinAsync(string commandLine) => _cli.RunAsync($"{commandLine} --account {_account} --json");

    [Fact]
    public async Task A_user_has_keys_groups_and_policies_and_goes_with_them_by_force()
    {
        var made = (await WithinAsync("user create alice --path /staff/ --with-key")).Ok();
        (made["name"], made["path"]).ShouldBe(("alice", "/staff/"));
        made.Json.GetProperty("keys")[0].GetProperty("secretAccessKey").GetString()!.Length.ShouldBeGreaterThan(20);
        (await WithinAsync("user create alice")).ExitCode.ShouldBe(ExitCode.Conflict);
        (await WithinAsync("user list")).Ok().Json.GetProperty("users")[0].GetProperty("name").GetString().ShouldBe("alice");

        (await WithinAsync("group create readers")).Ok();
        (await WithinAsync("group add-user readers alice")).Ok();
        (await WithinAsync("policy attach AmazonS3ReadOnlyAccess --user alice")).Ok();
        _cli.Input = AllowRead;
        (await WithinAsync("policy put own - --user alice")).Ok();
        var shown = (await WithinAsync("user show alice")).Ok();
        shown.Json.GetProperty("keys").GetArrayLength().ShouldBe(1);
        shown.Output.ShouldNotContain("secretAccessKey");
        shown.Json.GetProperty("groups")[0].GetString().ShouldBe("readers");
        shown.Json.GetProperty("attachedPolicies")[0].GetProperty("name").GetString().ShouldBe("AmazonS3ReadOnlyAccess");
        shown.Json.GetProperty("inlinePolicies")[0].GetString().ShouldBe("own");
        (await WithinAsync("policy inline own --user alice")).Ok().Json.GetProperty("Statement")[0].GetProperty("Action").GetString().ShouldBe("s3:Get*");
        (await WithinAsync("group show readers")).Ok().Json.GetProperty("users")[0].GetString().ShouldBe("alice");

        (await WithinAsync("user delete alice")).ExitCode.ShouldBe(ExitCode.Conflict);
        (await WithinAsync("user delete alice --force")).Ok();
        (await WithinAsync("user show alice")).ExitCode.ShouldBe(ExitCode.NotFound);
        (await WithinAsync("group delete readers")).Ok();
    }

    [Fact]
    public async Task Keys_of_a_user_are_made_listed_disabled_and_rotated()
    {
        (await WithinAsync("user create bob")).Ok();
        var key = (await WithinAsync("key create --user bob")).Ok();
        key["user"].ShouldBe("bob");
        var fresh = (await WithinAsync($"key rotate {key["accessKeyId"]} --user bob --delete-old")).Ok();
        var keys = (await WithinAsync("key list --user bob")).Ok().Json.GetProperty("keys");
        keys.GetArrayLength().ShouldBe(1);
        keys[0].GetProperty("accessKeyId").GetString().ShouldBe(fresh["accessKeyId"]);
        (await WithinAsync($"key disable {fresh["accessKeyId"]} --user bob")).Ok();
        (await WithinAsync("key list --user bob")).Ok().Json.GetProperty("keys")[0].GetProperty("isActive").GetBoolean().ShouldBeFalse();
        (await WithinAsync("key delete NOSUCHKEY123456789 --user bob")).ExitCode.ShouldBe(ExitCode.NotFound);
        (await WithinAsync("key create --user nobody")).ExitCode.ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task Keys_with_a_label_are_given_again_rotated_listed_and_deleted()
    {
        (await WithinAsync("user create dora")).Ok();
        var first = (await WithinAsync("key label ensure ci --user dora --lifetime 3600")).Ok();
        (await WithinAsync("key label ensure ci --user dora")).Ok()["secretAccessKey"].ShouldBe(first["secretAccessKey"]);
        var second = (await WithinAsync("key label ensure ci --user dora --generation 2 --grace 60 --expires-at 2100-01-01T00:00:00Z")).Ok();
        second["expiresAt"].ShouldBe("2100-01-01T00:00:00Z");
        var keys = (await WithinAsync("key label list --user dora")).Ok().Json.GetProperty("keys");
        keys.EnumerateArray().Select(key => key.GetProperty("generation").GetInt32()).ShouldBe([1, 2]);
        // IAM lists them with their expiry, too.
        (await WithinAsync("key list --user dora")).Ok().Json.GetProperty("keys").EnumerateArray()
            .Single(key => key.GetProperty("accessKeyId").GetString() == second["accessKeyId"]).GetProperty("expiresAt").GetString().ShouldBe("2100-01-01T00:00:00Z");
        (await WithinAsync("key label ensure ci --user dora --generation 2 --expires-at someday")).ExitCode.ShouldBe(ExitCode.Usage);
        (await WithinAsync("key label delete ci --user dora")).Ok();
        (await WithinAsync("key label delete ci --user dora")).ExitCode.ShouldBe(ExitCode.NotFound);
        (await WithinAsync("key list --user dora")).Ok().Json.GetProperty("keys").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_root_looks_after_its_own_account_without_the_operator()
    {
        var key = (await _cli.RunAsync($"key create --root --account {_account} --json")).Ok();
        var root = new CliRun(server.Address, key["accessKeyId"], key["secretAccessKey"]);
        (await root.RunAsync("user create carol --json")).Ok();
        (await root.RunAsync("key list --root --json")).Ok().Json.GetProperty("keys")[0].GetProperty("accessKeyId").GetString().ShouldBe(key["accessKeyId"]);
        (await root.RunAsync($"user list --account {_account}")).ExitCode.ShouldBe(ExitCode.NotAllowed, "only an operator becomes somebody");
        (await root.RunAsync("user list --json")).Ok().Output.ShouldContain("carol");
    }

    [Fact]
    public async Task A_managed_policy_is_written_shown_changed_attached_and_deleted()
    {
        _cli.Input = AllowRead;
        var made = (await WithinAsync("policy create reading - --description Reads")).Ok();
        made["arn"].ShouldEndWith(":policy/reading");
        (await WithinAsync("policy show reading")).Ok().Json.GetProperty("document").GetProperty("Statement")[0].GetProperty("Action").GetString().ShouldBe("s3:Get*");
        // More often than versions are kept.
        for (var i = 0; i < 6; i++)
        {
            _cli.Input = AllowRead.Replace("s3:Get*", $"s3:Get{i}*", StringComparison.Ordinal);
            (await WithinAsync("policy update reading -")).Ok();
        }
        (await WithinAsync("policy show reading")).Ok().Json.GetProperty("document").GetProperty("Statement")[0].GetProperty("Action").GetString().ShouldBe("s3:Get5*");
        (await WithinAsync("role create backup --trust - --max-session 7200")).ExitCode.ShouldNotBe(0, "an identity policy is no trust policy");
        _cli.Input = Trust;
        var role = (await WithinAsync("role create backup --trust - --max-session 7200")).Ok();
        role["maxSessionSeconds"].ShouldBe("7200");
        role.Json.GetProperty("trustPolicy").GetProperty("Statement")[0].GetProperty("Action").GetString().ShouldBe("sts:AssumeRole");
        (await WithinAsync("policy attach reading --role backup")).Ok();
        (await WithinAsync("role show backup")).Ok().Json.GetProperty("attachedPolicies")[0].GetProperty("name").GetString().ShouldBe("reading");
        (await WithinAsync("role list")).Ok().Output.ShouldContain("backup");
        (await WithinAsync("policy delete reading")).ExitCode.ShouldBe(ExitCode.Conflict);
        (await WithinAsync("policy delete reading --force")).Ok();
        (await WithinAsync("policy list")).Ok().Json.GetProperty("policies").GetArrayLength().ShouldBe(0);
        (await WithinAsync("policy list --aws")).Ok().Output.ShouldContain("AdministratorAccess");
        (await WithinAsync("policy show nothing")).ExitCode.ShouldBe(ExitCode.NotFound);
        (await WithinAsync("role delete backup --force")).Ok();
    }

    [Fact]
    public async Task A_policy_that_is_none_is_refused_by_the_server()
    {
        _cli.Input = """{"Statement": "all"}""";
        var result = await WithinAsync("policy create wrong -");
        result.ExitCode.ShouldBe(ExitCode.Failed);
        result.Error.ShouldContain("MalformedPolicyDocument");
    }

    [Fact]
    public async Task Names_that_mean_something_to_a_shell_or_a_terminal_are_only_names()
    {
        (await WithinAsync("user create @file")).Ok()["name"].ShouldBe("@file");
        (await _cli.RunAsync($"user list --account {_account}")).Ok().Output.ShouldContain("@file");
        var odd = await _cli.RunAsync("account", "create", $"[red]{_account}[/]");
        odd.Ok().Output.ShouldContain("[red]");
    }
}
