using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Cosi.Tests.Kubernetes;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>How long keys last, and how one takes the place of another.</summary>
[Collection(StoreTests.Name)]
public sealed class KeyTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _account = StoreFixture.NewName("ba-");
    private TestDriver _driver = null!;

    private AccountKeys Keys => new(store.Admin);

    public async Task InitializeAsync()
    {
        _driver = await TestDriver.StartAsync(store);
        await store.Objects.PutBucketAsync(_bucket);
    }

    public async Task DisposeAsync() => await _driver.DisposeAsync();

    [Fact]
    public async Task A_key_lasts_as_long_as_the_class_says_and_repeats_do_not_stretch_it()
    {
        await _driver.GrantedAsync(_bucket, _account, ("credentialLifetime", "720h"));
        var made = (await Keys.GenerationsAsync(_account, default)).ShouldHaveSingleItem();
        (made.ExpiresAt!.Value - made.CreatedAt).ShouldBe(TimeSpan.FromDays(30), TimeSpan.FromSeconds(2));
        await _driver.GrantedAsync(_bucket, _account, ("credentialLifetime", "1h"));
        (await Keys.GenerationsAsync(_account, default)).ShouldHaveSingleItem().ExpiresAt.ShouldBe(made.ExpiresAt);
    }

    [Fact]
    public async Task A_key_that_has_ended_is_not_taken_and_a_repeated_grant_gives_another()
    {
        await _driver.GrantedAsync(_bucket, _account);
        await store.Iam.DeleteKeyAsync(_account, (await store.Iam.ListKeysAsync(_account, default))[0].Id, default);
        var (brief, _) = await Keys.CurrentAsync(_account, 2, TimeSpan.FromSeconds(1), TimeSpan.Zero, default);
        using var s3 = store.NewS3(brief.AccessKeyId, brief.SecretAccessKey!);
        var patience = DateTime.UtcNow.AddSeconds(60);
        while (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket })) != "InvalidAccessKeyId")
        {
            DateTime.UtcNow.ShouldBeLessThan(patience);
            await Task.Delay(50);
        }
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _driver.GrantedAsync(_bucket, _account)));
        keys.Distinct().ShouldHaveSingleItem().Key.ShouldNotBe(brief.AccessKeyId);
        using var again = store.NewS3(keys[0].Key, keys[0].Secret);
        (await CodeAsync(() => again.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
    }

    [Fact]
    public async Task A_higher_generation_gives_another_key_and_ends_the_one_before_after_the_grace_time()
    {
        var first = await _driver.GrantedAsync(_bucket, _account);
        var second = await _driver.GrantedAsync(_bucket, _account, ("keyGeneration", "2"), ("rotationGrace", "1h"));
        second.Key.ShouldNotBe(first.Key);
        (await _driver.GrantedAsync(_bucket, _account)).ShouldBe(second, "who asks as before gets the newest");
        using var old = store.NewS3(first.Key, first.Secret);
        (await CodeAsync(() => old.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
        var ending = (await Keys.GenerationsAsync(_account, default)).Single(key => key.Generation == 1).ExpiresAt!.Value - DateTime.UtcNow;
        ending.ShouldBeInRange(TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));

        var third = await _driver.GrantedAsync(_bucket, _account, ("keyGeneration", "3"), ("rotationGrace", "0s"));
        foreach (var ended in (IEnumerable<(string Key, string Secret)>)[first, second])
        {
            using var s3 = store.NewS3(ended.Key, ended.Secret);
            (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("InvalidAccessKeyId");
        }
        using var current = store.NewS3(third.Key, third.Secret);
        (await CodeAsync(() => current.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
        await _driver.RevokedAsync(_bucket, _account);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("v1alpha2")]
    public async Task Rotating_in_a_cluster_writes_the_secrets_that_the_sidecar_wrote(string version)
    {
        await using var cluster = await FakeApiServer.StartAsync();
        using var client = new KubernetesClient(cluster.Options());
        await using var driver = await TestDriver.StartAsync(store, kubernetes: client, clusterId: "cluster-of-the-tests");
        var (key, secret) = await driver.GrantedAsync(_bucket, _account, ("credentialLifetime", "24h"));
        var uid = _account["ba-".Length..];
        if (version == "v1alpha1")
        {
            cluster.Add(version, uid, """{"credentialsSecretName": "keys"}""");
            cluster.AddSecret("keys", ("BucketInfo", $$$"""{"metadata": {"name": "bc-x"}, "spec": {"bucketName": "b", "secretS3": {"endpoint": "e", "region": "r", "accessKeyID": "{{{key}}}", "accessSecretKey": "{{{secret}}}"} } }"""));
        }
        else
        {
            cluster.Add(version, uid, """{"bucketClaims": [{"bucketClaimName": "a", "accessSecretName": "keys"}, {"bucketClaimName": "b", "accessSecretName": "more"}]}""");
            cluster.AddSecret("keys", ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret), ("BUCKET_NAME", "a"));
            cluster.AddSecret("more", ("COSI_S3_ACCESS_KEY_ID", key), ("COSI_S3_ACCESS_SECRET_KEY", secret), ("COSI_S3_BUCKET_ID", "b"));
        }
        // Somebody labels the secret while it is being written.
        cluster.BeforePut = () => cluster.Secrets["apps/keys"]["metadata"] = new System.Text.Json.Nodes.JsonObject { ["resourceVersion"] = "77", ["labels"] = "theirs" };
        var rotated = (await driver.Rotation.RotateAsync(_account, TimeSpan.FromHours(1), default)).Value;
        rotated.Secrets.ShouldBe(version == "v1alpha1" ? ["apps/keys"] : ["apps/keys", "apps/more"]);
        (rotated.Key.ExpiresAt!.Value - rotated.Key.CreatedAt).ShouldBe(TimeSpan.FromHours(24), TimeSpan.FromSeconds(2));
        cluster.Secrets["apps/keys"]["metadata"]!["labels"]!.GetValue<string>().ShouldBe("theirs");
        if (version == "v1alpha1")
        {
            var info = System.Text.Json.JsonElement.Parse(cluster.ReadSecret("keys", "BucketInfo"));
            info.Find("spec", "secretS3", "accessKeyID").ShouldBe(rotated.Key.AccessKeyId);
            info.Find("spec", "secretS3", "accessSecretKey").ShouldBe(rotated.Key.SecretAccessKey);
            (info.Find("spec", "secretS3", "endpoint"), info.Find("metadata", "name")).ShouldBe(("e", "bc-x"));
        }
        else
        {
            (cluster.ReadSecret("keys", "AWS_ACCESS_KEY_ID"), cluster.ReadSecret("keys", "AWS_SECRET_ACCESS_KEY"), cluster.ReadSecret("keys", "BUCKET_NAME"))
                .ShouldBe((rotated.Key.AccessKeyId, rotated.Key.SecretAccessKey!, "a"));
            cluster.ReadSecret("more", "COSI_S3_ACCESS_SECRET_KEY").ShouldBe(rotated.Key.SecretAccessKey);
        }
        using var s3 = store.NewS3(key, secret);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok", "the grace time runs");
    }

    [Fact]
    public async Task A_secret_with_a_key_of_somebody_else_is_left_and_nothing_is_rotated()
    {
        await using var cluster = await FakeApiServer.StartAsync();
        using var client = new KubernetesClient(cluster.Options());
        await using var driver = await TestDriver.StartAsync(store, kubernetes: client, clusterId: "cluster-of-the-tests");
        var (key, _) = await driver.GrantedAsync(_bucket, _account);
        cluster.Add("v1alpha1", _account["ba-".Length..], """{"credentialsSecretName": "keys"}""");
        cluster.AddSecret("keys", ("AWS_ACCESS_KEY_ID", "AKIASOMEBODYELSES"), ("AWS_SECRET_ACCESS_KEY", "theirs"));
        (await driver.Rotation.RotateAsync(_account, TimeSpan.Zero, default)).Refusal!.Reason.ShouldBe(RefusalReason.FailedPrecondition);
        cluster.Secrets.Clear();
        await Should.ThrowAsync<IOException>(() => driver.Rotation.RotateAsync(_account, TimeSpan.Zero, default));
        (await Keys.GenerationsAsync(_account, default)).ShouldHaveSingleItem().AccessKeyId.ShouldBe(key);
        (await driver.Rotation.RotateAsync("root", TimeSpan.Zero, default)).Refusal!.Reason.ShouldBe(RefusalReason.NotFound);
    }

    [Fact]
    public async Task A_key_is_rotated_also_when_no_list_tells_those_before_any_more()
    {
        await _driver.GrantedAsync(_bucket, _account, ("keyGeneration", "3"));
        // As an operator does who hears that it leaked, and as the server does a week after its end.
        foreach (var key in await store.Iam.ListKeysAsync(_account, default)) await store.Iam.DeleteKeyAsync(_account, key.Id, default);
        (await Keys.GenerationsAsync(_account, default)).ShouldBeEmpty();
        var made = (await _driver.Rotation.RotateAsync(_account, TimeSpan.Zero, default)).Value.Key;
        made.Generation.ShouldBe(4);
        using var s3 = store.NewS3(made.AccessKeyId, made.SecretAccessKey!);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
        (await _driver.GrantedAsync(_bucket, _account)).Key.ShouldBe(made.AccessKeyId);
    }

    [Fact]
    public async Task The_command_rotates_outside_a_cluster_and_tells_the_key()
    {
        var (key, secret) = await _driver.GrantedAsync(_bucket, _account);
        var environment = new Dictionary<string, string> { ["OBJECTSTORE_ACCESS_KEY"] = Harness.ServerProcess.AccessKey, ["OBJECTSTORE_SECRET_KEY"] = Harness.ServerProcess.SecretKey };
        string[] options = ["--server", store.Server.Endpoint.ToString(), "--driver-name", "tests.cosi.dev"];
        var run = await Harness.Tool.RunAsync(DriverExecutable.BinaryPath, ["rotate", _account, "0s", .. options], environment);
        var told = System.Text.Json.JsonElement.Parse(run.Succeeded());
        told.GetProperty("generation").GetInt32().ShouldBe(2);
        using var old = store.NewS3(key, secret);
        using var made = store.NewS3(told.Find("accessKeyId")!, told.Find("secretAccessKey")!);
        (await CodeAsync(() => old.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("InvalidAccessKeyId");
        (await CodeAsync(() => made.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
        (await Harness.Tool.RunAsync(DriverExecutable.BinaryPath, ["rotate", "nobody", .. options], environment)).ExitCode.ShouldBe(1);
        (await Harness.Tool.RunAsync(DriverExecutable.BinaryPath, ["rotate", .. options], environment)).ExitCode.ShouldBe(2);
    }
}
