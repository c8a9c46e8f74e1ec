using System.Reflection;
using Amazon.S3.Model;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Tests.Fixture;
using static ObjectStore.Cosi.Tests.Buckets.Calls;
using V2 = ObjectStore.Cosi.Protos.V1Alpha2;

namespace ObjectStore.Cosi.Tests.Buckets;

/// <summary>The driver with the keys of a user that has the chart's policy, and no more.</summary>
[Collection(StoreTests.Name)]
public sealed class LimitedBucketTests(StoreFixture store)
{
    private static readonly string Policy = File.ReadAllText(typeof(LimitedBucketTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "DriverPolicy").Value!);

    [Fact]
    public async Task The_policy_of_the_chart_is_enough_for_buckets_of_every_parameter()
    {
        var name = StoreFixture.NewName("cosi-driver-");
        await store.Iam.CreateAsync(new NewIamIdentity(IamHolder.User(name)), default);
        var policy = (await store.Iam.CallAsync("CreatePolicy", default, ("PolicyName", name), ("PolicyDocument", Policy))).Child("Policy")!;
        await store.Iam.CallAsync("AttachUserPolicy", default, ("UserName", name), ("PolicyArn", policy.Required("Arn")));
        var key = (await store.Iam.CallAsync("CreateAccessKey", default, ("UserName", name))).Child("AccessKey")!;
        await using var driver = await TestDriver.StartAsync(store, change: options => options with
        {
            AccessKey = key.Required("AccessKeyId"), SecretKey = new Secret(key.Required("SecretAccessKey")),
        });
        (string, string)[] parameters =
        [
            ("objectLock", "enabled"), ("objectLockMode", "GOVERNANCE"), ("objectLockDays", "1"), ("encryption", "AES256"), ("quotaBytes", "1Gi"), ("quotaObjects", "9"),
            ("storageClass", "STANDARD_IA"), ("expirationDays", "9"), ("noncurrentExpirationDays", "9"), ("abortMultipartDays", "9"), ("tags", "a=b"),
        ];
        var bucket = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), parameters);
        await driver.CallAsync<V2.DriverGetBucketResponse>(TestDriver.V2 + "DriverGetBucket", Get2(bucket, parameters));
        await driver.DeletedAsync(bucket, parameters);

        var versioned = await driver.CreatedAsync(StoreFixture.NewName("bucket-"), ("versioning", "enabled"));
        await driver.CallAsync<V2.DriverGetBucketResponse>(TestDriver.V2 + "DriverGetBucket", Get2(versioned, ("versioning", "enabled")));
        await store.Objects.PutObjectAsync(new PutObjectRequest { BucketName = versioned, Key = "a", ContentBody = "x" });
        await store.Objects.DeleteObjectAsync(versioned, "a");
        await driver.DeletedAsync(versioned, ("versioning", "enabled"), ("delete", "force"));
        foreach (var gone in (string[])[bucket, versioned]) (await store.Buckets.BucketExistsAsync(gone, default)).ShouldBeFalse();
    }
}
