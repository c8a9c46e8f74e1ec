using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Access;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Cosi.Tests.Kubernetes;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>Accounts of grants that were given up, beside a fake API server on loopback.</summary>
[Collection(StoreTests.Name)]
public sealed class SweepTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _clusterId = Guid.NewGuid().ToString();
    private FakeApiServer _cluster = null!;
    private KubernetesClient _client = null!;
    private TestDriver _driver = null!;

    public async Task InitializeAsync()
    {
        _cluster = await FakeApiServer.StartAsync();
        _client = new KubernetesClient(_cluster.Options());
        _driver = await StartAsync(TimeSpan.Zero);
        await store.Objects.PutBucketAsync(_bucket);
    }

    public async Task DisposeAsync()
    {
        await _driver.DisposeAsync();
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData("v1alpha1")]
    [InlineData("v1alpha2")]
    public async Task What_has_no_BucketAccess_is_removed_and_what_has_one_stays(string version)
    {
        _cluster.PageSize = 2;
        for (var other = 0; other < 5; other++) _cluster.Add(version, Guid.NewGuid().ToString());
        var (alive, gone) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        _cluster.Add(version, alive);
        await _driver.GrantedAsync(_bucket, "ba-" + alive);
        await _driver.GrantedAsync(_bucket, "ba-" + gone);
        await SweepAsync();
        (await store.RemainsOfAsync("ba-" + alive)).ShouldBe("User with 1 policies and 1 keys;");
        (await store.RemainsOfAsync("ba-" + gone)).ShouldBe("");
        _driver.Metrics.Write().ShouldContain("{event=\"orphan_removed\"} 1\n");
        _cluster.Requests.Count(request => request == $"GET /apis/objectstorage.k8s.io/{version}/bucketaccesses").ShouldBe(3, "all pages");
    }

    [Fact]
    public async Task What_may_be_somebody_elses_stays()
    {
        _cluster.Add("v1alpha1", Guid.NewGuid().ToString());
        // By hand, of another cluster, of a driver outside any, too young, and not the driver's at all.
        string[] accounts = ["by-hand-" + Guid.NewGuid(), "ba-" + Guid.NewGuid(), "ba-" + Guid.NewGuid(), "ba-" + Guid.NewGuid()];
        await _driver.GrantedAsync(_bucket, accounts[0]);
        using var otherClient = new KubernetesClient(_cluster.Options());
        await using (var other = await TestDriver.StartAsync(store, kubernetes: otherClient, clusterId: "another-cluster")) await other.GrantedAsync(_bucket, accounts[1]);
        await using (var outside = await TestDriver.StartAsync(store)) await outside.GrantedAsync(_bucket, accounts[2]);
        await store.Iam.CreateAsync(new NewIamIdentity(IamHolder.User(accounts[3])) { Path = AccountPath }, default);
        await SweepAsync();
        foreach (var account in accounts) (await store.RemainsOfAsync(account)).ShouldNotBeEmpty(account);

        var young = "ba-" + Guid.NewGuid();
        await using var careful = await StartAsync(TimeSpan.FromHours(1));
        await careful.GrantedAsync(_bucket, young);
        await careful.Sweep!.RunAsync(default);
        (await store.RemainsOfAsync(young)).ShouldNotBeEmpty();
        await SweepAsync();
        (await store.RemainsOfAsync(young)).ShouldBe("");
    }

    [Fact]
    public async Task Clusters_of_one_authority_are_told_apart_by_what_their_drivers_are_told()
    {
        _cluster.Add("v1alpha1", Guid.NewGuid().ToString());
        var theirs = "ba-" + Guid.NewGuid();
        using var client = new KubernetesClient(_cluster.Options());
        // Its pods' files are the same as those of the first.
        await using var other = await TestDriver.StartAsync(
            store, change: options => options with { SweepAge = TimeSpan.Zero, ClusterId = "second" }, kubernetes: client, clusterId: _clusterId);
        await other.GrantedAsync(_bucket, theirs);
        await SweepAsync();
        (await store.RemainsOfAsync(theirs)).ShouldNotBeEmpty();
        await other.Sweep!.RunAsync(default);
        (await store.RemainsOfAsync(theirs)).ShouldBe("");
    }

    [Fact]
    public async Task Without_a_whole_list_nothing_is_removed()
    {
        var account = "ba-" + Guid.NewGuid();
        await _driver.GrantedAsync(_bucket, account);
        // Neither version is served: the definitions are being installed, or removed.
        await SweepAsync();
        (await store.RemainsOfAsync(account)).ShouldNotBeEmpty();

        _cluster.PageSize = 1;
        _cluster.Add("v1alpha2", Guid.NewGuid().ToString());
        _cluster.Add("v1alpha2", Guid.NewGuid().ToString());
        _cluster.Broken = ("v1alpha2", 403);
        await Should.ThrowAsync<IOException>(SweepAsync);
        _cluster.Broken = ("v1alpha1", 500);
        await Should.ThrowAsync<IOException>(SweepAsync);
        _cluster.Broken = null;
        _cluster.Accesses["v1alpha2"][1].Remove("metadata");
        await Should.ThrowAsync<IOException>(SweepAsync);
        (await store.RemainsOfAsync(account)).ShouldNotBeEmpty();
    }

    [Fact]
    public void Outside_a_pod_there_is_no_cluster()
    {
        KubernetesOptions.OfPod(_ => null).ShouldBeNull();
        using var directory = new Harness.TemporaryDirectory();
        KubernetesOptions.OfPod(name => name == "KUBERNETES_SERVICE_HOST" ? "10.0.0.1" : "443", directory.Path).ShouldBeNull("no token is mounted");
    }

    private Task SweepAsync() => _driver.Sweep!.RunAsync(default);

    private Task<TestDriver> StartAsync(TimeSpan age) => TestDriver.StartAsync(
        store, change: options => options with { SweepAge = age }, kubernetes: _client, clusterId: _clusterId);
}
