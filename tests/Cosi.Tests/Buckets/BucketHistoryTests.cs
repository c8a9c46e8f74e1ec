using ObjectStore.Client;
using ObjectStore.Client.S3;
using ObjectStore.Cosi.Steps;
using ObjectStore.Cosi.Tests.Fixture;
using ObjectStore.Grpc;
using static ObjectStore.Cosi.Tests.Buckets.Calls;

namespace ObjectStore.Cosi.Tests.Buckets;

/// <summary>Random calls for one name, of which many fail between two steps, against a model that has three states.</summary>
[Collection(StoreTests.Name)]
public sealed class BucketHistoryTests(StoreFixture store)
{
    private static readonly (string, string)[][] Classes =
    [
        [("versioning", "enabled"), ("tags", "class=0"), ("expirationDays", "3")],
        [("objectLock", "enabled"), ("objectLockMode", "GOVERNANCE"), ("objectLockDays", "1"), ("tags", "class=1")],
        [("encryption", "AES256"), ("tags", "class=2"), ("quotaObjects", "7")],
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_failed_before_a_name_is_either_nothing_or_what_it_was_begun_as(int seed)
    {
        var random = new Random(seed);
        var faults = new Failing();
        await using var driver = await TestDriver.StartAsync(store, faults);
        var name = StoreFixture.NewName("bucket-");
        int? begun = null;
        for (var call = 0; call < 40; call++)
        {
            faults.FailAfter = random.Next(2) == 0 ? random.Next(1, 6) : 0;
            if (random.Next(4) == 0)
            {
                var deleted = await driver.Client.CallAsync(TestDriver.V1 + "DriverDeleteBucket", Delete1(name));
                if (deleted.Code != GrpcStatusCode.Unknown) deleted.Code.ShouldBe(GrpcStatusCode.Ok, $"seed {seed}, call {call}: {deleted.Text}");
                begun = await BegunAsAsync(name);
                begun.ShouldBeNull($"seed {seed}, call {call}: deleting has one step, and it is over when that fails");
                continue;
            }
            var wanted = random.Next(Classes.Length);
            var created = await driver.Client.CallAsync(TestDriver.V1 + "DriverCreateBucket", Create1(name, Classes[wanted]));
            var where = $"seed {seed}, call {call}: {created.Text}";
            if (begun is not null && begun != wanted)
            {
                created.Code.ShouldBe(GrpcStatusCode.AlreadyExists, where);
            }
            else
            {
                // Unknown is the fault between two steps; what is then there is what it was begun as.
                created.Code.ShouldBeOneOf(GrpcStatusCode.Ok, GrpcStatusCode.Unknown);
                if (created.Code == GrpcStatusCode.Ok) await CheckAsync(name, wanted, where);
                (await BegunAsAsync(name)).ShouldBe(wanted, where);
                begun = wanted;
            }
        }
        faults.FailAfter = 0;
        await driver.DeletedAsync(name);
    }

    [Theory]
    [InlineData("bucket")]
    [InlineData("objectLock")]
    [InlineData("encryption")]
    public async Task A_server_that_goes_away_between_two_steps_is_gone_on_with_when_it_is_back(string step)
    {
        await using var way = new Switchable(store.Server.Endpoint);
        var faults = new Failing { Act = done => way.Set(isOn: done != step) };
        await using var driver = await TestDriver.StartAsync(way.Endpoint, faults);
        (string, string)[] parameters = [("objectLock", "enabled"), ("objectLockMode", "GOVERNANCE"), ("objectLockDays", "1"), ("encryption", "AES256")];
        var name = StoreFixture.NewName("bucket-");
        await driver.RefusedAsync(GrpcStatusCode.Unavailable, TestDriver.V1 + "DriverCreateBucket", Create1(name, parameters));
        faults.Act = _ => { };
        way.Set(isOn: true);
        (await driver.CreatedAsync(name, parameters)).ShouldBe(name);
        (await store.Buckets.FindEncryptionAsync(name, default)).ShouldNotBeNull();
        (await store.Buckets.FindObjectLockAsync(name, default)).ShouldBe(new ObjectLockSettings("GOVERNANCE", 1));
        await driver.DeletedAsync(name);
    }

    /// <summary>Of which class it is, by the tag that the call sets which makes it; null if it is not there.</summary>
    private async Task<int?> BegunAsAsync(string name)
    {
        try
        {
            return (await store.Buckets.GetTagsAsync(name, default))["class"][0] - '0';
        }
        catch (ClientException gone) when (gone.Code == "NoSuchBucket")
        {
            return null;
        }
    }

    private async Task CheckAsync(string name, int wanted, string where)
    {
        (await store.Buckets.GetVersioningAsync(name, default)).ShouldBe(wanted == 2 ? BucketVersioning.Off : BucketVersioning.Enabled, where);
        (await store.Buckets.FindLifecycleAsync(name, default)).ShouldBe(wanted == 0 ? new BucketLifecycle(3) : null, where);
        (await store.Buckets.FindObjectLockAsync(name, default)).ShouldBe(wanted == 1 ? new ObjectLockSettings("GOVERNANCE", 1) : null, where);
        var encryption = await store.Buckets.FindEncryptionAsync(name, default);
        var quota = await store.Admin.FindQuotaAsync(name, default);
        (encryption?.Algorithm, quota?.MaxObjects).ShouldBe(wanted == 2 ? ("AES256", 7) : (null, null), where);
        (await store.Buckets.GetTagsAsync(name, default))["objectstore.cosi/state"].ShouldBe("ready", where);
    }

    /// <summary>Ends a call after one of its steps, as a crash would.</summary>
    private sealed class Failing : IStepObserver
    {
        /// <summary>Counted down; 0 for never.</summary>
        public int FailAfter { get; set; }

        public Action<string> Act { get; set; } = _ => { };

        public void Done(string call, string step)
        {
            Act(step);
            if (FailAfter > 0 && --FailAfter == 0) throw new InvalidOperationException("the end of the driver, says the test");
        }
    }
}
