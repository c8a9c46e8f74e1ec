using System.Text.Json.Nodes;
using ObjectStore.Deploy.Tests.Chart;
using ObjectStore.Harness;

namespace ObjectStore.Deploy.Tests;

/// <summary>
/// The way of docs/KUBERNETES.md without a cluster: the server, the user that the init container makes, the driver as the chart starts it, calls as the
/// sidecars make them (tests/Cosi.Tests/sidecar.py), and the program of the examples with the secret that comes of it.
/// </summary>
public sealed class FirstClaimTests
{
    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("first")]
    [InlineData("second")]
    public async Task A_claim_becomes_a_bucket_and_its_secret_serves_a_program_until_it_is_revoked(string shape)
    {
        using var directory = new TemporaryDirectory();
        await using var server = await ServerProcess.StartAsync(directory["data"]);
        (await DriverSetup.RunAsync(server, directory["setup"], directory["keys"])).Succeeded();
        await using var driver = await DriverProcess.StartAsync(server.Endpoint, directory["keys"], directory["socket"]);

        var bucket = (string)(await CallAsync(driver, shape, "create", null))["bucket"]!;
        var granted = await CallAsync(driver, shape, "grant", new JsonObject { ["bucket"] = bucket });
        var secret = granted["secret"].Map().ToDictionary();
        if (shape == "v1alpha1")
        {
            // Mounted as a file.
            await File.WriteAllTextAsync(directory["BucketInfo"], secret["BucketInfo"]);
            secret = new Dictionary<string, string> { ["BUCKET_INFO"] = directory["BucketInfo"] };
        }
        (await RunProgramAsync(secret)).Succeeded().ShouldBe("Hello from a pod.\n");

        await CallAsync(driver, shape, "revoke", new JsonObject { ["bucket"] = bucket, ["account"] = granted["account"]!.DeepClone() });
        (await RunProgramAsync(secret)).Error.ShouldContain("InvalidAccessKeyId");
        await CallAsync(driver, shape, "delete", new JsonObject { ["bucket"] = bucket });
        var left = await Tool.RunAsync(Repository.ServerBinary, ["admin", "user", "list", "--json"], new Dictionary<string, string>
        {
            ["OBJECTSTORE_ENDPOINT"] = server.Endpoint.ToString(), ["OBJECTSTORE_ACCESS_KEY"] = ServerProcess.AccessKey, ["OBJECTSTORE_SECRET_KEY"] = ServerProcess.SecretKey,
        });
        JsonNode.Parse(left.Succeeded())!["users"].Objects().Select(user => (string)user["name"]!).ShouldBe(["cosi-driver"]);
    }

    [Fact]
    public async Task Probes_and_metrics_of_the_driver_answer_where_the_chart_says()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["keys"]);
        await File.WriteAllTextAsync(Path.Combine(directory["keys"], "access-key"), "AKIAEXAMPLE\n");
        await File.WriteAllTextAsync(Path.Combine(directory["keys"], "secret-key"), "a-secret-key\n");
        // Also while the server cannot be reached: restarting the driver would not help.
        await using var driver = await DriverProcess.StartAsync(new Uri("http://127.0.0.1:1"), directory["keys"], directory["socket"]);
        var rendering = await ChartRenderer.RenderAsync("""{"cosi":{"enabled":true,"podMonitor":{"enabled":true}}}""");
        var container = rendering.OfKind("Deployment").Single().Containers.Single(container => (string)container["name"]! == "driver");
        string[] paths =
        [
            (string)container["livenessProbe"]!["httpGet"]!["path"]!, (string)container["readinessProbe"]!["httpGet"]!["path"]!,
            (string)rendering.OfKind("PodMonitor").Single().Content["spec"]!["podMetricsEndpoints"]![0]!["path"]!,
        ];
        using var http = new HttpClient { BaseAddress = driver.Metrics };
        foreach (var path in paths)
        {
            using var answer = await http.GetAsync(path);
            answer.IsSuccessStatusCode.ShouldBeTrue(path);
        }
    }

    private static Task<ToolResult> RunProgramAsync(Dictionary<string, string> secret) =>
        Tool.RunAsync("/usr/bin/python3", [Repository.Path("deploy/examples/app.py")], secret);

    private static async Task<JsonObject> CallAsync(DriverProcess driver, string shape, string step, JsonObject? arguments)
    {
        string[] command = [Repository.Path("tests/Cosi.Tests/sidecar.py"), step, shape, "unix://" + driver.Socket, .. arguments is null ? [] : new[] { arguments.ToJsonString() }];
        var result = await Tool.RunAsync("/usr/bin/python3", command);
        return result.ExitCode == 0 ? JsonNode.Parse(result.Output)!.AsObject() : throw new InvalidOperationException($"{step}: {result.Error}\n{driver.Output}");
    }
}
