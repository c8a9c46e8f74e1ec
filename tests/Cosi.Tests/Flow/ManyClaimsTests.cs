using System.Diagnostics;
using System.Globalization;
using ObjectStore.Client;
using ObjectStore.Client.Iam;
using ObjectStore.Cosi.Tests.Buckets;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Harness;
using Xunit.Abstractions;
using V1 = ObjectStore.Cosi.Protos.V1Alpha1;

namespace ObjectStore.Cosi.Tests.Flow;

/// <summary>Claims and accesses, many at once; OBJECTSTORE_COSI_CLAIMS says how many where the preset is too few (1000 for the number in docs/COSI.md).</summary>
[Collection(StoreTests.Name)]
public sealed class ManyClaimsTests(StoreFixture store, ITestOutputHelper output)
{
    private const int Preset = 30;
    private const int AtOnce = 16;

    [Fact]
    public async Task Claims_and_accesses_that_come_and_go_leave_nothing_behind()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("OBJECTSTORE_COSI_CLAIMS"), CultureInfo.InvariantCulture, out var asked) ? asked : Preset;
        // A name of its own, so that what it leaves can be told from what other tests have.
        await using var driver = await TestDriver.StartAsync(store, change: options => options with { DriverName = "many.cosi.dev" });
        using var connection = new Connection(new ConnectionOptions { Endpoint = store.Server.Endpoint }, TimeProvider.System, Random.Shared);
        var iam = new IamClient(connection, new Credentials(ServerProcess.AccessKey, ServerProcess.SecretKey));
        var names = Enumerable.Range(0, count).Select(_ => Guid.NewGuid().ToString()).ToArray();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce };
        var accounts = new string[count];

        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, count, parallel, async (index, _) =>
        {
            var bucket = await driver.CreatedAsync("bucket-" + names[index], ("versioning", "enabled"), ("delete", "force"));
            var granted = await driver.CallAsync<V1.DriverGrantBucketAccessResponse>(TestDriver.V1 + "DriverGrantBucketAccess", new V1.DriverGrantBucketAccessRequest
            {
                BucketId = bucket, Name = "ba-" + names[index], AuthenticationType = V1.AuthenticationType.Key,
            });
            accounts[index] = granted.AccountId;
        });
        var made = watch.Elapsed;
        (await BucketsAsync(names)).ShouldBe(count);
        (await iam.ListAsync("ListUsers", "Users", default, ("PathPrefix", "/cosi/many.cosi.dev/"))).Count.ShouldBe(count);

        watch.Restart();
        await Parallel.ForAsync(0, count, parallel, async (index, _) =>
        {
            await driver.CallAsync<V1.DriverRevokeBucketAccessResponse>(TestDriver.V1 + "DriverRevokeBucketAccess", new V1.DriverRevokeBucketAccessRequest
            {
                BucketId = "bucket-" + names[index], AccountId = accounts[index],
            });
            await driver.DeletedAsync("bucket-" + names[index], ("versioning", "enabled"), ("delete", "force"));
        });
        output.WriteLine($"{count} claims and accesses: made in {made.TotalSeconds:F1} s, removed in {watch.Elapsed.TotalSeconds:F1} s");
        (await BucketsAsync(names)).ShouldBe(0);
        // Users hold their keys and policies: without one there are none.
        (await iam.ListAsync("ListUsers", "Users", default, ("PathPrefix", "/cosi/many.cosi.dev/"))).ShouldBeEmpty();
        (await iam.ListAsync("ListRoles", "Roles", default, ("PathPrefix", "/cosi/many.cosi.dev/"))).ShouldBeEmpty();
        (await iam.ListAsync("ListPolicies", "Policies", default, ("PathPrefix", "/cosi/many.cosi.dev/"))).ShouldBeEmpty();
    }

    private async Task<int> BucketsAsync(IReadOnlyList<string> names)
    {
        var ours = names.Select(name => "bucket-" + name).ToHashSet(StringComparer.Ordinal);
        return (await store.Objects.ListBucketsAsync()).Buckets?.Count(bucket => ours.Contains(bucket.BucketName)) ?? 0;
    }
}
