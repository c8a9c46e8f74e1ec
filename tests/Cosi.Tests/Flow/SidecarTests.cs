using System.Text.Json;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Harness;

namespace ObjectStore.Cosi.Tests.Flow;

/// <summary>The executable, driven by the public gRPC client (Debian's python3-grpcio) with messages that are made of the specification alone.</summary>
[Collection(StoreTests.Name)]
public sealed class SidecarTests(StoreFixture store)
{
    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("first")]
    [InlineData("second")]
    public async Task A_foreign_client_makes_and_deletes_a_bucket(string shape)
    {
        await using var driver = await DriverExecutable.StartAsync(store.Server.Endpoint);
        var bucket = (await RunAsync(driver, "create", shape, null)).GetProperty("bucket").GetString()!;
        (await store.Buckets.BucketExistsAsync(bucket, default)).ShouldBeTrue();
        await RunAsync(driver, "delete", shape, $$"""{"bucket": "{{bucket}}"}""");
        (await store.Buckets.BucketExistsAsync(bucket, default)).ShouldBeFalse();
        (await driver.StopAsync()).ShouldBe(0);
        File.Exists(driver.SocketPath).ShouldBeFalse();
    }

    private static async Task<JsonElement> RunAsync(DriverExecutable driver, string step, string shape, string? arguments)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "sidecar.py");
        string[] command = [script, step, shape, $"unix://{driver.SocketPath}", .. arguments is null ? Array.Empty<string>() : [arguments]];
        var output = (await Tool.RunAsync("/usr/bin/python3", command)).Succeeded();
        return JsonDocument.Parse(output).RootElement.Clone();
    }
}
