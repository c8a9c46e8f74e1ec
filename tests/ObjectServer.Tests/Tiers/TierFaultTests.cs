using System.Net;
using System.Net.Sockets;
using Amazon.S3;
using Amazon.S3.Model;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using static ObjectStore.Server.Tests.Tiers.TierBench;

namespace ObjectStore.Server.Tests.Tiers;

/// <summary>Tiers that are away, that fail half way, and writers that come between.</summary>
public sealed class TierFaultTests : IAsyncLifetime
{
    private readonly TierBench _bench = new();
    private FaultyTierStore _store = null!;

    private AmazonS3Client S3 => _bench.S3;

    public async Task InitializeAsync()
    {
        await _bench.InitializeAsync();
        var tiers = _bench.Server.Services.Engine.Tiers;
        tiers.Store = _store = new FaultyTierStore(tiers.Store);
    }

    public Task DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_tier_that_is_away_keeps_only_its_own_waiting()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(100_000, 1);
        await _bench.PutAsync(bucket, "there", body);
        await _bench.PassDaysAsync();
        await _bench.PutAsync(bucket, "k", body);
        await _bench.PutAsync(bucket, "k2", body);
        await SetEndpointAsync(DeadEndpoint());
        await S3.DeleteObjectAsync(bucket, "there");
        await _bench.PassDaysAsync();
        await _bench.CollectAsync();
        (await _bench.GetAsync(bucket, "k")).ShouldBe(body, "its bytes stay until they are elsewhere");
        var shown = (await _bench.Cli.RunAsync($"tier show {Class} --json")).Ok();
        (shown["isAway"], shown["waitingMoves"]).ShouldBe(("True", "2"));
        // What was tried at first may be there, for all that is known.
        var objects = shown["objects"];
        await _bench.PassDaysAsync();
        await _bench.PassDaysAsync();
        (await _bench.Cli.RunAsync($"tier show {Class} --json")).Ok()["objects"].ShouldBe(objects, "it is not tried again with an object");
        shown["lastError"].ShouldContain("cannot be reached");

        await SetEndpointAsync(_bench.Other.Address);
        await _bench.SettleAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(2, "what had gone is deleted, and what waited is there");
        await _bench.RestoreAsync(bucket, "k", 1);
        await SetEndpointAsync(DeadEndpoint());
        await _bench.SettleAsync();
        (await S3.GetObjectMetadataAsync(bucket, "k")).RestoreInProgress.ShouldBe(true);
        await SetEndpointAsync(_bench.Other.Address);
        await _bench.SettleAsync();
        (await _bench.GetAsync(bucket, "k")).ShouldBe(body);
    }

    [Fact]
    public async Task A_restore_does_not_wait_for_moves_that_take_long()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        var body = ObjectBench.Bytes(1000, 1);
        await _bench.PutAsync(bucket, "wanted", body);
        await _bench.PassDaysAsync();
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.After = () =>
        {
            begun.TrySetResult();
            return slow.Task;
        };
        await _bench.PutAsync(bucket, "long", body);
        await _bench.RunUntilAsync(async () =>
        {
            if (!begun.Task.IsCompleted) return false;
            if ((await S3.GetObjectMetadataAsync(bucket, "wanted")).RestoreInProgress is null) await _bench.RestoreAsync(bucket, "wanted", 30);
            return (await S3.GetObjectMetadataAsync(bucket, "wanted")).RestoreExpiration is not null;
        }, () => slow.TrySetResult());
        (await _bench.GetAsync(bucket, "wanted")).ShouldBe(body);
    }

    [Fact]
    public async Task A_version_that_is_replaced_while_it_is_sent_keeps_its_successor()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", [1]);
        _store.After = async () =>
        {
            _store.After = () => Task.CompletedTask;
            await _bench.PutAsync(bucket, "k", [2]);
        };
        await _bench.PassDaysAsync();
        (await _bench.GetAsync(bucket, "k")).ShouldBe([2]);
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_version_whose_tags_change_while_it_is_sent_goes_with_its_new_tags()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", [1]);
        _store.After = async () =>
        {
            _store.After = () => Task.CompletedTask;
            await S3.PutObjectTaggingAsync(new() { BucketName = bucket, Key = "k", Tagging = new() { TagSet = [new Tag { Key = "t", Value = "v" }] } });
        };
        await _bench.PassDaysAsync();
        (await S3.GetObjectMetadataAsync(bucket, "k")).StorageClass.Value.ShouldBe(Class);
        (await S3.GetObjectTaggingAsync(new() { BucketName = bucket, Key = "k" })).Tagging.Single().Value.ShouldBe("v");
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rules_that_go_while_a_version_is_sent_keep_it_here()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", [1]);
        _store.After = () => S3.DeleteLifecycleConfigurationAsync(bucket);
        await _bench.PassDaysAsync();
        _store.After = () => Task.CompletedTask;
        (await _bench.GetAsync(bucket, "k")).ShouldBe([1]);
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_version_that_is_deleted_while_it_is_restored_leaves_nothing()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", ObjectBench.Bytes(100_000, 2));
        await _bench.PassDaysAsync();
        await _bench.RestoreAsync(bucket, "k", 1);
        _store.Before = async () =>
        {
            _store.Before = () => Task.CompletedTask;
            await S3.DeleteObjectAsync(bucket, "k");
        };
        await _bench.SettleAsync();
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Work_of_a_bucket_that_is_gone_is_dropped()
    {
        await _bench.AddTierAsync();
        var bucket = await _bench.NewBucketAsync();
        await _bench.PutAsync(bucket, "k", [1]);
        await _bench.PutAsync(bucket, "k2", [1]);
        await _bench.PassDaysAsync();
        _store.Before = () => throw new TierException(isTierAway: true, "away");
        await _bench.PutAsync(bucket, "k3", [1]);
        await _bench.PassDaysAsync();
        await _bench.RestoreAsync(bucket, "k", 1);
        foreach (var key in (string[])["k", "k2", "k3"]) await S3.DeleteObjectAsync(bucket, key);
        await S3.DeleteBucketAsync(bucket);
        _store.Before = () => Task.CompletedTask;
        await _bench.SettleAsync();
        await _bench.CollectAsync();
        (await _bench.KeysThereAsync()).ShouldBeEmpty();
        var shown = (await _bench.Cli.RunAsync($"tier show {Class} --json")).Ok();
        (shown["waitingMoves"], shown["waitingRestores"], shown["waitingDeletions"]).ShouldBe(("0", "0", "0"));
    }

    /// <summary>Objects are written, moved, restored and deleted while the tier fails one call in four; in the end all that is left can be read, and nothing else lies there.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_fails_nothing_is_lost_and_nothing_stays_behind(int seed)
    {
        var random = new Random(seed);
        await _bench.AddTierAsync("--plain-names");
        var bucket = await _bench.NewBucketAsync(versioned: seed == 2);
        var model = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        Task Fail() => random.Next(4) == 0 ? throw new TierException(isTierAway: random.Next(2) == 0, "fails") : Task.CompletedTask;
        _store.Before = _store.After = () =>
        {
            lock (random) return Fail();
        };
        for (var step = 0; step < 120; step++)
        {
            int action;
            string key;
            lock (random) (action, key) = (random.Next(10), "k" + random.Next(6));
            switch (action)
            {
                case < 4:
                    model[key] = ObjectBench.Bytes(random.Next(2) == 0 ? 100 : 40_000, step);
                    await _bench.PutAsync(bucket, key, model[key], put => put.ServerSideEncryptionMethod = step % 3 == 0 ? ServerSideEncryptionMethod.AES256 : null);
                    break;
                case 4 when model.Remove(key):
                    await S3.DeleteObjectAsync(bucket, key);
                    break;
                case 5 when model.ContainsKey(key) && (await S3.GetObjectMetadataAsync(bucket, key)) is { StorageClass: not null, RestoreInProgress: not true }:
                    await _bench.RestoreAsync(bucket, key, random.Next(1, 4));
                    break;
                case 6:
                    await _bench.CollectAsync();
                    break;
                default:
                    await _bench.PassDaysAsync(1);
                    break;
            }
            if (step % 20 == 0) await _bench.ShouldBeSoundAsync();
        }

        _store.Before = _store.After = () => Task.CompletedTask;
        await _bench.PassDaysAsync(5);
        foreach (var (key, body) in model)
        {
            if ((await S3.GetObjectMetadataAsync(bucket, key)).StorageClass is not null) await _bench.RestoreAsync(bucket, key, 9);
            await _bench.SettleAsync();
            (await _bench.GetAsync(bucket, key)).ShouldBe(body, $"seed {seed}, {key}");
        }
        // What was begun and failed is due a day after.
        await _bench.PassDaysAsync(2);
        await _bench.CollectAsync();
        await _bench.CollectAsync();
        var count = (await _bench.Cli.RunAsync($"tier show {Class} --json")).Ok()["objects"];
        (await _bench.KeysThereAsync()).Count.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe(count, $"seed {seed}");
        if (seed != 2) count.ShouldBe(model.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), $"seed {seed}");
    }

    private async Task SetEndpointAsync(Uri endpoint) => (await _bench.Cli.RunAsync($"remote set cold {endpoint.GetLeftPart(UriPartial.Authority)} --key-id access-key")).Ok();

    private static Uri DeadEndpoint()
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        return new Uri($"http://127.0.0.1:{port}");
    }
}
