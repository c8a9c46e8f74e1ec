using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Kubernetes;
using ObjectStore.Cosi.Tests.Buckets;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Cosi.Tests.Kubernetes;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Access.AccessCalls;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Access;

/// <summary>The driver with the keys of a user that has the chart's policy, and no more.</summary>
[Collection(StoreTests.Name)]
public sealed class LimitedDriverTests(StoreFixture store)
{
    [Fact]
    public async Task The_policy_of_the_chart_is_enough_for_access_and_does_not_reach_beyond()
    {
        var user = await LimitedUser.MakeAsync(store);
        await using var issuer = await FakeIssuer.StartAsync();
        await store.Iam.CreateProviderAsync(issuer.Url, ["sts.amazonaws.com"], [], default);
        await using var cluster = await FakeApiServer.StartAsync();
        using var client = new KubernetesClient(cluster.Options());
        cluster.Add("v1alpha1", Guid.NewGuid().ToString());
        await using var driver = await TestDriver.StartAsync(store, kubernetes: client, clusterId: user.Name,
            change: options => user.In(options) with { OidcIssuer = issuer.Url, SweepAge = TimeSpan.Zero });

        var bucket = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("versioning", "enabled"));
        var (account, role, orphan) = (StoreFixture.NewName("ba-"), StoreFixture.NewName("ba-"), StoreFixture.NewName("ba-"));
        var given = await driver.GrantedAsync(bucket, account);
        (await driver.GrantedAsync(bucket, account)).ShouldBe(given);
        using (var s3 = store.NewS3(given.Key, given.Secret))
        {
            (await CodeAsync(() => s3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" }))).ShouldBe("ok");
            (await CodeAsync(() => s3.ListVersionsAsync(bucket))).ShouldBe("ok");
            (await CodeAsync(() => s3.ListMultipartUploadsAsync(bucket))).ShouldBe("ok");
        }
        (await driver.Rotation.RotateAsync(account, TimeSpan.FromHours(1), default)).IsOk.ShouldBeTrue();
        var request = Grant1(bucket, role, ("serviceAccount", "apps/writer"));
        request.AuthenticationType = V1.AuthenticationType.Iam;
        await driver.CallAsync<V1.DriverGrantBucketAccessResponse>(TestDriver.V1 + Grant, request);
        await driver.RevokedAsync(bucket, account);
        await driver.RevokedAsync(bucket, role);
        await driver.RevokedAsync(bucket, StoreFixture.NewName("ba-"));
        (await store.RemainsOfAsync(account) + await store.RemainsOfAsync(role)).ShouldBe("");
        await driver.GrantedAsync(bucket, orphan);
        (await driver.Sweep!.RunAsync(default)).ShouldBe(1);

        // Nobody is taken out of a group with these keys: what to do is said, and what gives access is gone.
        var (member, group) = ("ba-" + Guid.NewGuid(), StoreFixture.NewName("group-"));
        var held = await driver.GrantedAsync(bucket, member);
        await store.Iam.CallAsync("CreateGroup", default, ("GroupName", group));
        await store.Iam.CallAsync("AddUserToGroup", default, ("GroupName", group), ("UserName", member));
        // A sweep tells it too.
        await driver.Sweep.RunAsync(default);
        driver.Metrics.Write().ShouldContain("{event=\"sweep_failed\"} 1\n");
        (await driver.RefusedAsync(GrpcStatusCode.FailedPrecondition, TestDriver.V1 + Revoke, Revoke1(bucket, member))).ShouldContain($"objectstore admin group remove-user {group} {member}");
        using (var s3 = store.NewS3(held.Key, held.Secret)) (await CodeAsync(() => s3.ListObjectsV2Async(new() { BucketName = bucket }))).ShouldBe("InvalidAccessKeyId");
        await store.Iam.CallAsync("RemoveUserFromGroup", default, ("GroupName", group), ("UserName", member));
        await driver.RevokedAsync(bucket, member);
        (await store.RemainsOfAsync(member)).ShouldBe("");
        await driver.DeletedAsync(bucket, ("delete", "force"));

        // Whoever steals these keys gets no user that is not below the driver's path.
        using var connection = new Connection(new ConnectionOptions { Endpoint = store.Server.Endpoint }, TimeProvider.System, Random.Shared);
        var iam = new IamClient(connection, new Credentials(user.AccessKey, user.SecretKey));
        foreach (var path in (string[])["/", AccountPath])
            (await Should.ThrowAsync<ClientException>(() => iam.CreateAsync(new NewIamIdentity(IamHolder.User(StoreFixture.NewName("user-"))) { Path = path }, default))).Code.ShouldBe("AccessDenied");
        (await Should.ThrowAsync<ClientException>(() => iam.CallAsync("CreateAccessKey", default, ("UserName", user.Name)))).Code.ShouldBe("AccessDenied");
    }
}
