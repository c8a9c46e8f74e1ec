using Amazon.S3;
using ObjectStore.Client;
using ObjectStore.Cosi.Tests.Fixture;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>The driver's executable, killed with SIGKILL after each of its steps; then the same call again, as the sidecar does.</summary>
[Collection(StoreTests.Name)]
public sealed class AccessCrashTests(StoreFixture store) : IAsyncLifetime
{
    private readonly string _bucket = StoreFixture.NewName("bucket-");
    private readonly string _account = StoreFixture.NewName("ba-");

    public async Task InitializeAsync() => await store.Objects.PutBucketAsync(_bucket);

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData(1, "User with 0 policies and 0 keys;")]
    [InlineData(2, "User with 1 policies and 0 keys;")]
    [InlineData(3, "User with 1 policies and 1 keys;")]
    public async Task A_grant_that_a_killed_driver_left_is_finished(int step, string left)
    {
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step))
            (await killed.DiesUnderAsync(client => client.CallAsync(TestDriver.V1 + Grant, Grant1(_bucket, _account)))).ShouldBeTrue(killed.Output);
        (await store.RemainsOfAsync(_account)).ShouldBe(left);
        await using var driver = await TestDriver.StartAsync(store);
        var (key, secret) = await driver.GrantedAsync(_bucket, _account);
        (await driver.GrantedAsync(_bucket, _account)).ShouldBe((key, secret));
        using var s3 = store.NewS3(key, secret);
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
        (await store.RemainsOfAsync(_account)).ShouldBe("User with 1 policies and 1 keys;");
    }

    [Fact]
    public async Task A_grant_has_no_more_steps_than_are_killed_after()
    {
        await using var driver = await DriverExecutable.StartAsync(store.Server.Endpoint, killAfterStep: 4);
        (await driver.DiesUnderAsync(async client => (await client.CallAsync(TestDriver.V1 + Grant, Grant1(_bucket, _account))).Read<V1.DriverGrantBucketAccessResponse>())).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, "User with 1 policies and 0 keys;")]
    [InlineData(2, "User with 0 policies and 0 keys;")]
    [InlineData(3, "")]
    public async Task A_revoke_that_a_killed_driver_left_is_finished(int step, string left)
    {
        await using var driver = await TestDriver.StartAsync(store);
        var (key, secret) = await driver.GrantedAsync(_bucket, _account);
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step))
            (await killed.DiesUnderAsync(client => client.CallAsync(TestDriver.V1 + Revoke, Revoke1(_bucket, _account)))).ShouldBeTrue(killed.Output);
        (await store.RemainsOfAsync(_account)).ShouldBe(left);
        using var s3 = store.NewS3(key, secret);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("InvalidAccessKeyId", "the first step ends it");
        await driver.RevokedAsync(_bucket, _account);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
    }

    [Theory]
    [InlineData(1, "Role with 0 policies and 0 keys;")]
    [InlineData(2, "Role with 1 policies and 0 keys;")]
    public async Task A_grant_to_a_service_account_that_a_killed_driver_left_is_finished(int step, string left)
    {
        await using var issuer = await IssuerAsync();
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step, "--oidc-issuer", issuer.Url))
            (await killed.DiesUnderAsync(client => client.CallAsync(TestDriver.V1 + Grant, OfServiceAccount()))).ShouldBeTrue(killed.Output);
        (await store.RemainsOfAsync(_account)).ShouldBe(left);
        await using var driver = await TestDriver.StartAsync(store, change: options => options with { OidcIssuer = issuer.Url });
        for (var time = 0; time < 2; time++) await driver.CallAsync<V1.DriverGrantBucketAccessResponse>(TestDriver.V1 + Grant, OfServiceAccount());
        (await store.RemainsOfAsync(_account)).ShouldBe("Role with 1 policies and 0 keys;");
        using var s3 = await SessionAsync(issuer);
        (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = _bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
    }

    [Fact]
    public async Task A_grant_to_a_service_account_has_no_more_steps_than_are_killed_after()
    {
        await using var issuer = await IssuerAsync();
        await using var driver = await DriverExecutable.StartAsync(store.Server.Endpoint, 3, "--oidc-issuer", issuer.Url);
        (await driver.DiesUnderAsync(async client => (await client.CallAsync(TestDriver.V1 + Grant, OfServiceAccount())).Read<V1.DriverGrantBucketAccessResponse>())).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, "Role with 0 policies and 0 keys;")]
    [InlineData(2, "")]
    public async Task A_revoke_from_a_service_account_that_a_killed_driver_left_is_finished(int step, string left)
    {
        await using var issuer = await IssuerAsync();
        await using var driver = await TestDriver.StartAsync(store, change: options => options with { OidcIssuer = issuer.Url });
        await driver.CallAsync<V1.DriverGrantBucketAccessResponse>(TestDriver.V1 + Grant, OfServiceAccount());
        using var s3 = await SessionAsync(issuer);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldBe("ok");
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step))
            (await killed.DiesUnderAsync(client => client.CallAsync(TestDriver.V1 + Revoke, Revoke1(_bucket, _account)))).ShouldBeTrue(killed.Output);
        (await store.RemainsOfAsync(_account)).ShouldBe(left);
        (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = _bucket }))).ShouldNotBe("ok", "the first step ends its sessions' access");
        await driver.RevokedAsync(_bucket, _account);
        (await store.RemainsOfAsync(_account)).ShouldBe("");
        await Should.ThrowAsync<ClientException>(() => SessionAsync(issuer));
    }

    private V1.DriverGrantBucketAccessRequest OfServiceAccount()
    {
        var request = Grant1(_bucket, _account, ("serviceAccount", "apps/writer"));
        request.AuthenticationType = V1.AuthenticationType.Iam;
        return request;
    }

    private async Task<FakeIssuer> IssuerAsync()
    {
        var issuer = await FakeIssuer.StartAsync();
        await store.Iam.CreateProviderAsync(issuer.Url, ["sts.amazonaws.com"], [], default);
        return issuer;
    }

    private Task<IAmazonS3> SessionAsync(FakeIssuer issuer) => store.SessionAsync($"arn:aws:iam::000000000000:role{AccountPath}{_account}", issuer.Token("apps", "writer"));
}
