using System.Text.Json;
using ObjectStore.Harness;

namespace ObjectStore.CompatTests.Clients;

/// <summary>What was taken away stays away, also when the server dies the moment it has said so.</summary>
public sealed class RevocationTests
{
    private const string Everything = """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}""";

    [Fact]
    public async Task A_key_that_was_revoked_before_a_kill_is_revoked_after_it()
    {
        using var data = new TemporaryDirectory();
        var server = await ServerProcess.StartAsync(data.Path);
        try
        {
            var root = new AwsShell(EndpointOf(server), EnvironmentOf(data));
            await root.RunAsync("s3api", "create-bucket", "--bucket", "bucket");
            var kept = await NewUserAsync(root, "kept");
            var deleted = await NewUserAsync(root, "deleted");
            var stopped = await NewUserAsync(root, "stopped");
            var bare = await NewUserAsync(root, "bare");
            foreach (var key in new[] { kept, deleted, stopped, bare })
                await root.As(key).RunAsync("s3api", "list-objects-v2", "--bucket", "bucket");
            await root.RunAsync("iam", "update-access-key", "--user-name", "stopped", "--access-key-id", IdOf(stopped), "--status", "Inactive");
            await root.RunAsync("iam", "delete-user-policy", "--user-name", "bare", "--policy-name", "all");
            await root.RunAsync("iam", "delete-access-key", "--user-name", "deleted", "--access-key-id", IdOf(deleted));
            await server.KillAsync();
            await server.DisposeAsync();

            server = await ServerProcess.StartAsync(data.Path);
            root = root.At(EndpointOf(server));
            await root.As(kept).RunAsync("s3api", "list-objects-v2", "--bucket", "bucket");
            await root.As(deleted).ShouldBeRefusedAsync("InvalidAccessKeyId", "s3api", "list-objects-v2", "--bucket", "bucket");
            await root.As(stopped).ShouldBeRefusedAsync("InvalidAccessKeyId", "s3api", "list-objects-v2", "--bucket", "bucket");
            await root.As(bare).ShouldBeRefusedAsync("AccessDenied", "s3api", "list-objects-v2", "--bucket", "bucket");
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<JsonElement> NewUserAsync(AwsShell root, string name)
    {
        await root.RunAsync("iam", "create-user", "--user-name", name);
        await root.RunAsync("iam", "put-user-policy", "--user-name", name, "--policy-name", "all", "--policy-document", Everything);
        return (await root.RunAsync("iam", "create-access-key", "--user-name", name)).GetProperty("AccessKey");
    }

    private static string IdOf(JsonElement key) => key.GetProperty("AccessKeyId").GetString()!;

    private static string EndpointOf(ServerProcess server) => server.Endpoint.GetLeftPart(UriPartial.Authority);

    private static Dictionary<string, string> EnvironmentOf(TemporaryDirectory data) => new()
    {
        ["AWS_ACCESS_KEY_ID"] = ServerProcess.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = ServerProcess.SecretKey,
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
        ["AWS_CONFIG_FILE"] = data["none"],
        ["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null",
    };
}
