using Amazon.S3.Model;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Tests.Fixture;
using static ObjectStore.Cosi.Tests.Buckets.Calls;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;

namespace ObjectStore.Cosi.Tests.Buckets;

/// <summary>The driver's executable, killed with SIGKILL after each of its steps; then the same call again, as the sidecar does.</summary>
[Collection(StoreTests.Name)]
public sealed class CrashTests(StoreFixture store)
{
    private static readonly (string, string)[] Parameters =
    [
        ("objectLock", "enabled"), ("objectLockMode", "COMPLIANCE"), ("objectLockYears", "1"), ("encryption", "AES256"), ("tags", "team=a"), ("delete", "force"),
        ("expirationDays", "30"), ("quotaBytes", "1Gi"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_bucket_that_a_killed_driver_left_half_made_is_finished(int step)
    {
        var name = StoreFixture.NewName("bucket-");
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step))
            (await killed.DiesUnderAsync(client => client.CallAsync(TestDriver.V1 + "DriverCreateBucket", Create1(name, Parameters)))).ShouldBeTrue(killed.Output);
        // The first step is the one after which it is there, already as the driver's.
        (await store.Buckets.GetTagsAsync(name, default))["objectstore.cosi/driver"].ShouldBe("tests.cosi.dev");

        await using var driver = await TestDriver.StartAsync(store);
        // Also half made it is what it was begun as.
        await driver.RefusedAsync(Grpc.GrpcStatusCode.AlreadyExists, TestDriver.V1 + "DriverCreateBucket", Create1(name, ("versioning", "enabled")));
        (await driver.CreatedAsync(name, Parameters)).ShouldBe(name);
        (await store.Buckets.FindObjectLockAsync(name, default)).ShouldBe(new ObjectLockSettings("COMPLIANCE", null, 1));
        (await store.Buckets.FindEncryptionAsync(name, default))!.Algorithm.ShouldBe("AES256");
        (await store.Buckets.FindLifecycleAsync(name, default)).ShouldBe(new BucketLifecycle(30));
        (await store.Admin.FindQuotaAsync(name, default))!.MaxBytes.ShouldBe(1L << 30);
        var tags = await store.Buckets.GetTagsAsync(name, default);
        (tags["team"], tags["objectstore.cosi/state"]).ShouldBe(("a", "ready"));
        await driver.DeletedAsync(name);
    }

    [Fact]
    public async Task Making_such_a_bucket_has_no_more_steps_than_are_killed_after()
    {
        var name = StoreFixture.NewName("bucket-");
        await using var driver = await DriverExecutable.StartAsync(store.Server.Endpoint, killAfterStep: 7);
        (await driver.DiesUnderAsync(async client =>
            (await client.CallAsync(TestDriver.V1 + "DriverCreateBucket", Create1(name, Parameters))).Read<V1.DriverCreateBucketResponse>())).ShouldBeFalse();
        await store.Buckets.DeleteBucketAsync(name, default);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_bucket_that_a_killed_driver_left_half_deleted_is_deleted(int step)
    {
        await using var driver = await TestDriver.StartAsync(store);
        var name = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("versioning", "enabled"));
        for (var version = 0; version < 3; version++) await store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = name, Key = "key", ContentBody = "x" });
        await using (var killed = await DriverExecutable.StartAsync(store.Server.Endpoint, step))
            (await killed.DiesUnderAsync(client => client.CallAsync(TestDriver.V1 + "DriverDeleteBucket", Delete1(name, ("delete", "force"))))).ShouldBeTrue(killed.Output);
        await driver.DeletedAsync(name, ("delete", "force"));
        (await store.Buckets.BucketExistsAsync(name, default)).ShouldBeFalse();
    }
}
