using System.Text.Json;
using ObjectStore.Harness;

namespace ObjectStore.EndToEnd.Tests;

/// <summary>The real binary as its own client: an operator makes an account, a key and a user, and the AWS CLI uses them.</summary>
public sealed class AdminTests
{
    private const string MayUpload = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "arn:aws:s3:::photos/*"}]}""";

    [Fact]
    public async Task An_operator_makes_an_account_and_a_user_and_they_may_do_what_they_may()
    {
        using var data = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path);
        var operators = new Dictionary<string, string>
        {
            ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(),
            ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
            ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
        };
        async Task<JsonElement> AdminAsync(string commandLine) =>
            JsonElement.Parse((await ServerProcess.RunToEndAsync(["admin", .. commandLine.Split(' '), "--json"], operators)).Succeeded());

        var account = await AdminAsync("account create photos");
        var root = await AdminAsync("key create --root --account photos");
        await File.WriteAllTextAsync(data["policy.json"], MayUpload);
        var user = await AdminAsync("user create uploader --account photos --with-key");
        await AdminAsync($"policy put upload {data["policy.json"]} --user uploader --account photos");

        await File.WriteAllTextAsync(data["file"], "hello");
        (await AwsAsync(server, root, "s3 mb s3://photos")).Succeeded();
        var key = user.GetProperty("keys")[0];
        (await AwsAsync(server, key, $"s3 cp {data["file"]} s3://photos/a")).Succeeded();
        (await AwsAsync(server, key, "s3 cp s3://photos/a -")).Succeeded().ShouldBe("hello");
        (await AwsAsync(server, key, "s3 rm s3://photos/a")).ExitCode.ShouldNotBe(0, "no policy lets it delete");
        (await AwsAsync(server, key, "s3 ls s3://photos")).ExitCode.ShouldNotBe(0, "no policy lets it list");

        var bucket = await AdminAsync("bucket show photos");
        bucket.GetProperty("ownerAccountId").GetString().ShouldBe(account.GetProperty("id").GetString());
        bucket.GetProperty("usage").GetProperty("bytes").GetInt64().ShouldBe(5);
        (await AdminAsync("info drives")).GetProperty("drives").GetArrayLength().ShouldBe(6);
        (await AdminAsync("info")).GetProperty("store").GetProperty("scheme").GetProperty("parityShards").GetInt32().ShouldBe(2);

        await AdminAsync($"key disable {key.GetProperty("accessKeyId").GetString()} --user uploader --account photos");
        (await AwsAsync(server, key, "s3 cp s3://photos/a -")).ExitCode.ShouldNotBe(0, "its key is disabled");

        server.Output.ShouldContain("admin:AssumeAccount");
        foreach (var secret in new[] { root, key }) server.Output.ShouldNotContain(secret.GetProperty("secretAccessKey").GetString()!);
    }

    [Fact]
    public async Task What_was_made_is_there_after_a_crash()
    {
        using var data = new TemporaryDirectory();
        var server = await ServerProcess.StartAsync(data.Path);
        await using var first = server;
        var environment = EnvironmentOf(server);
        var key = JsonElement.Parse((await ServerProcess.RunToEndAsync(["admin", "account", "create", "photos", "--json"], environment)).Succeeded()).GetProperty("id").GetString();
        await server.KillAsync();
        (await ServerProcess.RunToEndAsync(["admin", "account", "show", "photos"], environment)).ExitCode.ShouldBe(3, "nobody is there");
        await using var second = await ServerProcess.StartAsync(data.Path);
        (await ServerProcess.RunToEndAsync(["admin", "account", "show", "photos", "--json"], EnvironmentOf(second))).Succeeded().ShouldContain(key!);
    }

    private static Dictionary<string, string> EnvironmentOf(ServerProcess server) => new()
    {
        ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(),
        ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey,
        ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
    };

    private static Task<ToolResult> AwsAsync(ServerProcess server, JsonElement key, string commandLine) =>
        Tool.RunAsync("aws", ["--endpoint-url", server.Endpoint.ToString(), .. commandLine.Split(' ')], new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = key.GetProperty("accessKeyId").GetString()!,
            ["AWS_SECRET_ACCESS_KEY"] = key.GetProperty("secretAccessKey").GetString()!,
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["AWS_MAX_ATTEMPTS"] = "1",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        });
}
