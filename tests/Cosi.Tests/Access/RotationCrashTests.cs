using ObjectStore.Client.Admin;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Steps;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Cosi.Tests.Kubernetes;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>The command that rotates, killed with SIGKILL after each of its steps beside a cluster; then the same command again.</summary>
[Collection(StoreTests.Name)]
public sealed class RotationCrashTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _uid = Guid.NewGuid().ToString();
    private FakeApiServer _cluster = null!;

    private string Account => "ba-" + _uid;

    public async Task InitializeAsync()
    {
        _cluster = await FakeApiServer.StartAsync(tls: true);
        await store.Objects.PutBucketAsync(_bucket);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 2)]
    public async Task A_rotation_that_was_killed_leaves_keys_that_work_and_is_finished_by_another(int step, int inFirst, int inSecond)
    {
        var (key, secret) = await GrantAsync();
        (await RotateAsync(step)).ExitCode.ShouldBe(137);
        var made = (await new AccountKeys(store.Admin).GenerationsAsync(Account, default)).Single(known => known.Generation == 2);
        // Whatever stands in a secret now works, for the grace time at least.
        foreach (var (name, generation) in (IEnumerable<(string, int)>)[("keys", inFirst), ("more", inSecond)])
        {
            _cluster.ReadSecret(name, "AWS_ACCESS_KEY_ID").ShouldBe(generation == 1 ? key : made.AccessKeyId);
            await WorksAsync(name);
        }

        var rotated = System.Text.Json.JsonElement.Parse((await RotateAsync(0)).Succeeded());
        foreach (var name in (string[])["keys", "more"])
        {
            _cluster.ReadSecret(name, "AWS_ACCESS_KEY_ID").ShouldBe(rotated.Find("accessKeyId"));
            await WorksAsync(name);
        }
        using var first = store.NewS3(key, secret);
        (await CodeAsync(() => first.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok", "its grace time runs");
    }

    [Fact]
    public async Task A_rotation_has_no_more_steps_than_are_killed_after()
    {
        await GrantAsync();
        (await RotateAsync(4)).Succeeded();
    }

    private async Task<(string Key, string Secret)> GrantAsync()
    {
        await using var driver = await TestDriver.StartAsync(store);
        var (key, secret) = await driver.GrantedAsync(_bucket, Account);
        _cluster.Add("v1alpha2", _uid, """{"bucketClaims": [{"bucketClaimName": "a", "accessSecretName": "keys"}, {"bucketClaimName": "b", "accessSecretName": "more"}]}""");
        foreach (var name in (string[])["keys", "more"]) _cluster.AddSecret(name, ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret));
        return (key, secret);
    }

    private async Task WorksAsync(string name)
    {
        using var s3 = store.NewS3(_cluster.ReadSecret(name, "AWS_ACCESS_KEY_ID"), _cluster.ReadSecret(name, "AWS_SECRET_ACCESS_KEY"));
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
    }

    private Task<Harness.ToolResult> RotateAsync(int killAfterStep)
    {
        var environment = new Dictionary<string, string>(_cluster.PodEnvironment)
        {
            ["OBJECTSTORE_ACCESS_KEY"] = Harness.ServerProcess.AccessKey, ["OBJECTSTORE_SECRET_KEY"] = Harness.ServerProcess.SecretKey,
            [KillAfterSteps.Variable] = killAfterStep.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        return Harness.Tool.RunAsync(DriverExecutable.BinaryPath, ["rotate", Account, "--server", store.Server.Endpoint.ToString(), "--driver-name", "tests.cosi.dev"], environment);
    }
}
