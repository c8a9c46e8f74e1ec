using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Client;
using ObjectStore.Client.Admin;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Diagnostics;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Cosi.Tests.Kubernetes;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>Keys that the driver follows by others before they end, beside a fake API server on loopback.</summary>
[Collection(StoreTests.Name)]
public sealed class RenewalTests(StoreFixture store) : IAsyncLifetime
{
    private static readonly TimeSpan Before = TimeSpan.FromHours(2);

    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _uid = Guid.NewGuid().ToString();
    private readonly CosiMetrics _metrics = new(NullLogger.Instance);
    private FakeApiServer _cluster = null!;
    private KubernetesClient _client = null!;
    private Connection _connection = null!;
    private TestDriver _driver = null!;
    private LimitedUser _user = null!;

    private string Account => "ba-" + _uid;

    private AccountKeys Keys => new(store.Admin);

    public async Task InitializeAsync()
    {
        _cluster = await FakeApiServer.StartAsync(tls: true);
        _client = new KubernetesClient(_cluster.Options());
        _connection = new Connection(new ConnectionOptions { Endpoint = store.Server.Endpoint }, TimeProvider.System, Random.Shared);
        // What the chart allows must be enough.
        _user = await LimitedUser.MakeAsync(store);
        _driver = await TestDriver.StartAsync(store, change: _user.In);
        await store.Objects.PutBucketAsync(_bucket);
    }

    public async Task DisposeAsync()
    {
        await _driver.DisposeAsync();
        _connection.Dispose();
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("v1alpha2")]
    public async Task A_key_that_ends_soon_is_followed_by_another_in_its_secrets_once(string version)
    {
        var (key, secret) = await GrantAsync(version, lifetime: "24h");
        (await Renewal(TimeSpan.FromHours(21)).RunAsync(default)).ShouldBe(0, "it does not end soon");
        (await Renewal(TimeSpan.FromHours(23)).RunAsync(default)).ShouldBe(1);
        var made = (await Keys.GenerationsAsync(Account, default))[0];
        made.Generation.ShouldBe(2);
        (made.ExpiresAt!.Value - made.CreatedAt).ShouldBe(TimeSpan.FromHours(24), TimeSpan.FromSeconds(2));
        KeysOfSecrets(version).ShouldAllBe(written => written == made.AccessKeyId);
        await WorksAsync(version);
        using (var old = store.NewS3(key, secret)) (await CodeAsync(() => old.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok", "it lasts to its own end");
        (await Keys.GenerationsAsync(Account, default)).Single(known => known.Generation == 1).ExpiresAt!.Value.ShouldBe(made.CreatedAt.AddHours(24), TimeSpan.FromMinutes(10));

        var requests = _cluster.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal));
        (await Renewal(TimeSpan.Zero).RunAsync(default)).ShouldBe(0);
        _cluster.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)).ShouldBe(requests, "nothing is written twice");
        _metrics.Write().ShouldContain("objectstore_cosi_steps_total{call=\"renew\",step=\"key\"} 1\n");
        _metrics.Write().ShouldNotContain("renewal_failed");
    }

    [Fact]
    public async Task A_key_that_has_ended_already_is_followed_too_and_one_without_an_end_never()
    {
        await GrantAsync("v1alpha2", lifetime: "24h");
        (await Renewal(TimeSpan.FromDays(3)).RunAsync(default)).ShouldBe(1);
        await WorksAsync("v1alpha2");

        var lasting = Guid.NewGuid().ToString();
        await _driver.GrantedAsync(_bucket, "ba-" + lasting);
        _cluster.Add("v1alpha1", lasting, """{"credentialsSecretName": "none"}""");
        (await Renewal(TimeSpan.Zero).RunAsync(default)).ShouldBe(0);
        (await Keys.GenerationsAsync("ba-" + lasting, default)).ShouldHaveSingleItem();
        _metrics.Write().ShouldNotContain("renewal_failed");
    }

    [Fact]
    public async Task Half_of_a_short_life_is_left_to_a_key()
    {
        await GrantAsync("v1alpha2", lifetime: "2h");
        (await Renewal(TimeSpan.FromMinutes(55)).RunAsync(default)).ShouldBe(0);
        (await Renewal(TimeSpan.FromMinutes(65)).RunAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task Drivers_that_renew_at_once_make_one_key()
    {
        await GrantAsync("v1alpha2", lifetime: "24h");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Renewal(TimeSpan.FromHours(23)).RunAsync(default)));
        (await Renewal(TimeSpan.Zero).RunAsync(default)).ShouldBe(0);
        var newest = (await Keys.GenerationsAsync(Account, default))[0];
        newest.Generation.ShouldBe(2);
        KeysOfSecrets("v1alpha2").ShouldAllBe(written => written == newest.AccessKeyId);
        await WorksAsync("v1alpha2");
    }

    [Fact]
    public async Task What_is_somebody_elses_is_left_and_keeps_no_other_from_its_key()
    {
        // A secret with another's key, one that is gone, and a BucketAccess whose status names an account that is not its own.
        var (foreign, gone, liar) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        foreach (var uid in (string[])[foreign, gone]) await _driver.GrantedAsync(_bucket, "ba-" + uid, ("credentialLifetime", "24h"));
        _cluster.Add("v1alpha2", foreign, """{"bucketClaims": [{"accessSecretName": "foreign"}]}""");
        _cluster.AddSecret("foreign", ("AWS_ACCESS_KEY_ID", "AKIASOMEBODYELSES"), ("AWS_SECRET_ACCESS_KEY", "theirs"));
        _cluster.Add("v1alpha2", gone, """{"bucketClaims": [{"accessSecretName": "gone"}]}""");
        var (key, secret) = await GrantAsync("v1alpha2", lifetime: "24h");
        _cluster.Add("v1alpha2", liar, """{"bucketClaims": [{"accessSecretName": "liar"}]}""", $$"""{"accountID": "{{Account}}"}""");
        _cluster.AddSecret("liar", ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret));

        (await Renewal(TimeSpan.FromHours(23)).RunAsync(default)).ShouldBe(1);
        await WorksAsync("v1alpha2");
        (_cluster.ReadSecret("foreign", "AWS_ACCESS_KEY_ID"), _cluster.ReadSecret("liar", "AWS_ACCESS_KEY_ID")).ShouldBe(("AKIASOMEBODYELSES", key));
        foreach (var uid in (string[])[foreign, gone]) (await Keys.GenerationsAsync("ba-" + uid, default)).ShouldHaveSingleItem("no key is made that nobody gets");
        _metrics.Write().ShouldContain("{event=\"renewal_failed\"} 2\n");
    }

    [Fact]
    public async Task Keys_that_an_operator_ended_are_not_followed()
    {
        var (key, _) = await GrantAsync("v1alpha2", lifetime: "24h");
        await store.Iam.CallAsync("UpdateAccessKey", default, ("UserName", Account), ("AccessKeyId", key), ("Status", "Inactive"));
        (await Renewal(TimeSpan.FromHours(23)).RunAsync(default)).ShouldBe(0);
        await store.Iam.DeleteKeyAsync(Account, key, default);
        (await Renewal(TimeSpan.FromHours(23)).RunAsync(default)).ShouldBe(0);
        (await store.RemainsOfAsync(Account)).ShouldBe("User with 1 policies and 0 keys;");
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    public async Task A_renewal_that_a_killed_driver_left_is_finished_by_the_next(int step, int written)
    {
        var (key, _) = await GrantAsync("v1alpha2", lifetime: "24h");
        // One that ends at once, as the executable has the clock of the machine.
        var brief = await Keys.EnsureAsync(Account, 2, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), default);
        using var ended = store.NewS3(brief.AccessKeyId, brief.SecretAccessKey!);
        var patience = DateTime.UtcNow.AddSeconds(60);
        while (await CodeAsync(() => ended.ListObjectsV2Async(new() { BucketName = _bucket })) != "InvalidAccessKeyId")
        {
            DateTime.UtcNow.ShouldBeLessThan(patience);
            await Task.Delay(50);
        }
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step, _cluster.PodEnvironment, "--rotate-before", "1h", "--sweep-interval", "0"))
            await killed.DiesAsync();
        (await Keys.GenerationsAsync(Account, default))[0].Generation.ShouldBe(3);
        KeysOfSecrets("v1alpha2").Count(known => known != key).ShouldBe(written);

        (await Renewal(TimeSpan.Zero).RunAsync(default)).ShouldBe(written == 2 ? 0 : 1);
        var newest = (await Keys.GenerationsAsync(Account, default))[0];
        newest.Generation.ShouldBe(3, "the key that was made is used");
        KeysOfSecrets("v1alpha2").ShouldAllBe(known => known == newest.AccessKeyId);
        await WorksAsync("v1alpha2");
    }

    /// <summary>Of a driver whose clock is so much ahead; its requests are signed by the right one.</summary>
    private KeyRenewal Renewal(TimeSpan ahead)
    {
        var credentials = new Credentials(_user.AccessKey, _user.SecretKey);
        var (iam, keys, accesses, time) = (new IamClient(_connection, credentials), new AccountKeys(new AdminClient(_connection, credentials)), new BucketAccesses(_client, "c"), new Ahead(ahead));
        var rotation = new KeyRotation(iam, keys, _driver.Options.DriverName, accesses, new AccessSecrets(_client), _metrics, time);
        return new KeyRenewal(iam, rotation, accesses, _driver.Options.DriverName, Before, _metrics, NullLogger.Instance, time);
    }

    private async Task<(string Key, string Secret)> GrantAsync(string version, string lifetime)
    {
        var (key, secret) = await _driver.GrantedAsync(_bucket, Account, ("credentialLifetime", lifetime));
        if (version == "v1alpha1")
        {
            _cluster.Add(version, _uid, """{"credentialsSecretName": "keys"}""");
            _cluster.AddSecret("keys", ("BucketInfo", $$$"""{"spec": {"bucketName": "b", "secretS3": {"endpoint": "e", "accessKeyID": "{{{key}}}", "accessSecretKey": "{{{secret}}}"} } }"""));
            return (key, secret);
        }
        _cluster.Add(version, _uid, """{"bucketClaims": [{"bucketClaimName": "a", "accessSecretName": "keys"}, {"bucketClaimName": "b", "accessSecretName": "more"}]}""");
        foreach (var name in (string[])["keys", "more"]) _cluster.AddSecret(name, ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret));
        return (key, secret);
    }

    private IReadOnlyList<string> KeysOfSecrets(string version) => version == "v1alpha1" ? [InfoOf("accessKeyID")]
        : [_cluster.ReadSecret("keys", "AWS_ACCESS_KEY_ID"), _cluster.ReadSecret("more", "AWS_ACCESS_KEY_ID")];

    private string InfoOf(string field) => System.Text.Json.JsonElement.Parse(_cluster.ReadSecret("keys", "BucketInfo")).Find("spec", "secretS3", field)!;

    private async Task WorksAsync(string version)
    {
        using var s3 = version == "v1alpha1" ? store.NewS3(InfoOf("accessKeyID"), InfoOf("accessSecretKey"))
            : store.NewS3(_cluster.ReadSecret("keys", "AWS_ACCESS_KEY_ID"), _cluster.ReadSecret("keys", "AWS_SECRET_ACCESS_KEY"));
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
    }

    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
