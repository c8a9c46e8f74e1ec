using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

public sealed partial class DriverSetupTests
{
    [Fact]
    public async Task A_user_for_the_driver_is_made_once_and_found_again()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["keys"])).Succeeded().ShouldContain("the driver works as cosi-driver");
        var (accessKey, secretKey) = Keys(directory["keys"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["again"])).Succeeded();
        Keys(directory["again"]).ShouldBe((accessKey, secretKey));
        File.GetUnixFileMode(Path.Combine(directory["keys"], "secret-key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        using var s3 = new AmazonS3Client(accessKey, secretKey, new AmazonS3Config { ServiceURL = server.Endpoint.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await s3.PutBucketAsync("of-a-claim");
        (await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = "of-a-claim" })).KeyCount.ShouldBe(0);
        // It makes buckets for others, and has no business with what is in them.
        (await Should.ThrowAsync<AmazonS3Exception>(s3.PutObjectAsync(new PutObjectRequest { BucketName = "of-a-claim", Key = "a", ContentBody = "b" }))).ErrorCode.ShouldBe("AccessDenied");
        (await Should.ThrowAsync<AmazonS3Exception>(s3.GetObjectAsync("of-a-claim", "a"))).ErrorCode.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task The_user_of_the_driver_is_no_operator()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["keys"])).Succeeded();
        foreach (var call in new[] { "account list", "account create mine", "account show 000000000000", "info", "user create elsewhere", "user create elsewhere --path /other/", "key create --user cosi-driver" })
        {
            var result = await AdminAsync(Environment(server, Keys(directory["keys"])), call.Split(' '));
            result.ExitCode.ShouldBe(4, $"{call}: {result.Output}{result.Error}");
        }
    }

    [Fact]
    public async Task The_user_of_the_driver_makes_nobody_more_than_the_boundary()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["keys"])).Succeeded();
        await File.WriteAllTextAsync(directory["all.json"], """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""");
        var asDriver = Environment(server, Keys(directory["keys"]));
        const string Boundary = "arn:aws:iam::000000000000:policy/cosi-boundary";

        (await AdminAsync(asDriver, "user", "create", "free", "--path", "/cosi/objectstore.cosi.dev/")).ExitCode.ShouldBe(4);
        (await AdminAsync(asDriver, "user", "create", "bound", "--path", "/cosi/objectstore.cosi.dev/", "--permissions-boundary", Boundary)).Succeeded();
        (await AdminAsync(asDriver, "policy", "put", "all", directory["all.json"], "--user", "bound")).Succeeded();
        foreach (var call in new[] { "policy update cosi-boundary " + directory["all.json"], "policy attach cosi-boundary --user bound", "user create another --path /cosi/x/ --permissions-boundary arn:aws:iam::aws:policy/AdministratorAccess" })
            (await AdminAsync(asDriver, call.Split(' '))).ExitCode.ShouldBe(4, call);

        var key = JsonNode.Parse((await AdminAsync(asDriver, "key", "label", "ensure", "cosi", "--user", "bound", "--json")).Succeeded())!;
        var asBound = Environment(server, ((string)key["accessKeyId"]!, (string)key["secretAccessKey"]!));
        foreach (var call in new[] { "info", "account list", "user list", "bucket create mine-alone" }) (await AdminAsync(asBound, call.Split(' '))).ExitCode.ShouldBe(4, call);
    }

    [Fact]
    public async Task The_boundary_holds_all_that_the_driver_gives()
    {
        var given = Action().Matches(Repository.Read("Cosi/Access/AccessPolicy.cs")).Select(match => match.Value).Distinct().ToArray();
        given.Length.ShouldBeGreaterThan(20);
        var map = (await ChartRenderer.RenderAsync("""{"cosi":{"enabled":true}}""")).OfKind("ConfigMap").Single().Content["data"].Map();
        var bound = JsonNode.Parse(map["boundary.json"])!["Statement"].Objects().SelectMany(statement => statement["Action"].Strings()).ToArray();
        bound.ShouldBe(given, ignoreOrder: true);
    }

    [Fact]
    public async Task Wrong_credentials_of_the_root_end_the_setup_with_the_reason()
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        var result = await DriverSetup.RunAsync(server, directory["setup"], directory["keys"], "not-the-secret-key");
        result.ExitCode.ShouldBe(1);
        result.Error.ShouldContain("signature", Case.Insensitive);
        Directory.GetFiles(directory["keys"]).ShouldBeEmpty();
    }

    [Fact]
    public void The_policy_of_the_driver_allows_what_its_page_says_that_it_needs_and_the_server_knows_of_it()
    {
        var page = Repository.Read("docs/COSI.md");
        var begin = page.IndexOf("## What the driver's keys must be allowed", StringComparison.Ordinal);
        begin.ShouldBeGreaterThan(0);
        var end = page.IndexOf("\n## ", begin + 3, StringComparison.Ordinal);
        var needed = Action().Matches(page[begin..(end < 0 ? page.Length : end)]).Select(match => match.Value).Distinct().ToArray();
        needed.Length.ShouldBeGreaterThan(10);
        var policy = JsonNode.Parse(Repository.Read("deploy/helm/objectstore/files/cosi-policy.json"))!;
        var allowed = policy["Statement"].Objects().SelectMany(statement => statement["Action"].Strings()).ToArray();
        needed.Where(action => !allowed.Contains(action)).ShouldBeEmpty();
        allowed.Where(action => action.Contains('*', StringComparison.Ordinal)).ShouldBeEmpty();
        allowed.ShouldNotContain(action => action == "s3:GetObject" || action == "s3:PutObject" || action == "s3:PutBucketPolicy");
        var known = Repository.Read("ObjectServer/Admin/AdminAction.cs");
        foreach (var action in allowed.Where(action => action.StartsWith("admin:", StringComparison.Ordinal))) known.ShouldContain($" {action["admin:".Length..]},");
    }

    private static Task<ToolResult> AdminAsync(Dictionary<string, string> environment, params string[] arguments) => Tool.RunAsync(Repository.ServerBinary, ["admin", .. arguments], environment);

    private static Dictionary<string, string> Environment(ServerProcess server, (string AccessKey, string SecretKey) keys) => new()
    {
        ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(), ["OBJECTSTORE_ACCESS_KEY"] = keys.AccessKey, ["OBJECTSTORE_SECRET_KEY"] = keys.SecretKey,
    };

    private static (string AccessKey, string SecretKey) Keys(string directory) =>
        (File.ReadAllText(Path.Combine(directory, "access-key")).Trim(), File.ReadAllText(Path.Combine(directory, "secret-key")).Trim());

    [GeneratedRegex(@"\b(s3|iam|admin|sts):[A-Z][A-Za-z]+\*?")]
    private static partial Regex Action();
}
