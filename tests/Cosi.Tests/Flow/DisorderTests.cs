using ObjectStore.Cosi.Tests.Access;
using ObjectStore.Cosi.Tests.Buckets;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;

namespace ObjectStore.Cosi.Tests.Flow;

/// <summary>Calls for the same names in no order and at once, as after a restart of a sidecar that lost its memory.</summary>
[Collection(StoreTests.Name)]
public sealed class DisorderTests(StoreFixture store)
{
    // What a sidecar repeats, or has got what it asked for by. No fault, and nothing that ends the repeats.
    private static readonly GrpcStatusCode[] Bearable = [GrpcStatusCode.Ok, GrpcStatusCode.Aborted, GrpcStatusCode.NotFound, GrpcStatusCode.Unavailable];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Create_grant_revoke_and_delete_of_the_same_names_at_once_leave_what_the_last_calls_say(int seed)
    {
        await using var driver = await TestDriver.StartAsync(store);
        await using var other = await TestDriver.StartAsync(store);
        var bucket = StoreFixture.NewName("bucket-");
        var account = StoreFixture.NewName("ba-");
        var calls = Enumerable.Range(0, 40).Select(index => index % 4).ToArray();
        new Random(seed).Shuffle(calls);
        var answers = await Task.WhenAll(calls.Select((call, index) => CallAsync(index % 2 == 0 ? driver : other, call, bucket, account)));
        foreach (var (call, answer) in calls.Zip(answers)) Bearable.ShouldContain(answer.Code, $"seed {seed}, call {call}: {answer.Text}");

        // What was asked for last holds.
        (await CallAsync(driver, 0, bucket, account)).Code.ShouldBe(GrpcStatusCode.Ok);
        (await CallAsync(driver, 2, bucket, account)).Code.ShouldBe(GrpcStatusCode.Ok);
        var (key, secret) = await other.GrantedAsync(bucket, account);
        using (var s3 = store.NewS3(key, secret)) await s3.PutObjectAsync(new() { BucketName = bucket, Key = "k", ContentBody = "x" });
        (await CallAsync(driver, 3, bucket, account)).Code.ShouldBe(GrpcStatusCode.Ok);
        (await CallAsync(driver, 1, bucket, account)).Code.ShouldBe(GrpcStatusCode.Ok);
        (await store.RemainsOfAsync(account)).ShouldBe("");
        (await store.Buckets.BucketExistsAsync(bucket, default)).ShouldBeFalse();
    }

    private static Task<WireAnswer> CallAsync(TestDriver driver, int call, string bucket, string account) => call switch
    {
        0 => driver.Client.CallAsync(TestDriver.V1 + "DriverCreateBucket", Calls.Create1(bucket, ("versioning", "enabled"), ("quotaObjects", "10"), ("delete", "force"))),
        1 => driver.Client.CallAsync(TestDriver.V1 + "DriverDeleteBucket", Calls.Delete1(bucket, ("delete", "force"))),
        2 => driver.Client.CallAsync(TestDriver.V1 + AccessCalls.Grant, AccessCalls.Grant1(bucket, account)),
        _ => driver.Client.CallAsync(TestDriver.V1 + AccessCalls.Revoke, AccessCalls.Revoke1(bucket, account)),
    };
}
