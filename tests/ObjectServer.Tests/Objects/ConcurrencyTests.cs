using System.Text;
using ObjectStore.Metadata.Tests.Embedded;
using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

public sealed class ConcurrencyTests
{
    [Theory]
    [InlineData(VersioningState.Unversioned, false)]
    [InlineData(VersioningState.Enabled, false)]
    [InlineData(VersioningState.Suspended, false)]
    [InlineData(VersioningState.Unversioned, true)]
    [InlineData(VersioningState.Suspended, true)]
    internal async Task Invariant_4_if_none_match_raced_by_many_writers_has_exactly_one_winner(VersioningState versioning, bool embedded)
    {
        await using var store = embedded ? new TestStore(drives: 3) : null;
        // Two openings of one store: between them nothing but the transactions decides.
        var bench = await ObjectBench.CreateAsync(versioning, on: store is null ? null : await store.OpenAsync());
        var other = await ObjectServices.OpenAsync(bench.Services.Engine.Store, bench.Blobs, bench.Services.Engine.Options, bench.Time, new Random(2), default);
        for (var round = 0; round < 20; round++)
        {
            var key = $"key{round}";
            var tasks = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            {
                var request = new PutRequest { Bucket = ObjectBench.Bucket, Key = key, Conditions = new WriteConditions(default, ETagList.Star) };
                var writer = i % 2 == 0 ? bench.Services.Writer : other.Writer;
                return (Writer: i, Result: await writer.PutAsync(request, new BytesSource(ObjectBench.Bytes(10 + i * 10, i)), default));
            }));
            var results = await Task.WhenAll(tasks);
            var winner = results.Single(r => r.Result.IsOk);
            results.Where(r => !r.Result.IsOk).ShouldAllBe(r => r.Result.Fault == ObjectFault.PreconditionFailed);
            (await bench.GetAsync(key)).ShouldBe(ObjectBench.Bytes(10 + winner.Writer * 10, winner.Writer));
        }
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Buckets_of_different_names_are_made_side_by_side_while_others_change()
    {
        await using var store = new TestStore(drives: 3);
        var bench = await ObjectBench.CreateAsync(on: await store.OpenAsync());
        // One attempt: nothing of the one may be in the way of the others.
        var services = await ObjectServices.OpenAsync(bench.Services.Engine.Store, bench.Blobs, bench.Services.Engine.Options with { MaxAttempts = 1 }, bench.Time, new Random(2), default);
        var faults = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () =>
        {
            var request = new CreateBucketRequest { Name = $"bucket-{i}", OwnerId = "owner", Region = "r", MaxBucketsOfOwner = 1000 };
            var made = await services.Buckets.CreateAsync(request, default);
            if (!made.IsOk) return made.Fault;
            return (await services.Buckets.Quotas.SetAsync(request.Name, new BucketQuota(1, 1), default)) is { IsOk: false } refused ? refused.Fault : default(ObjectFault?);
        })));
        faults.ShouldAllBe(fault => fault == null);
    }

    [Fact]
    public async Task If_match_lets_each_etag_be_replaced_once()
    {
        var bench = await ObjectBench.CreateAsync();
        var etag = (await bench.PutAsync("k", "0")).ETag;
        for (var round = 1; round < 10; round++)
        {
            var expected = etag;
            var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
                bench.TryPutAsync("k", Encoding.UTF8.GetBytes($"{round}/{i}"), new WriteConditions(ETagList.Of(expected), default)))));
            etag = results.Single(r => r.IsOk).Value.ETag;
            results.Count(r => r.Fault == ObjectFault.PreconditionFailed).ShouldBe(7);
        }
    }

    [Fact]
    public async Task A_key_that_many_write_and_delete_stays_sound_and_all_of_them_get_through()
    {
        foreach (var versioning in Enum.GetValues<VersioningState>())
        {
            var bench = await ObjectBench.CreateAsync(versioning);
            await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            {
                for (var n = 0; n < 10; n++)
                {
                    if ((i + n) % 3 == 0) await bench.DeleteAsync("hot");
                    else await bench.PutAsync("hot", ObjectBench.Bytes(1 + (i * n % 40), i));
                }
            })));
            await bench.ShouldBeSoundAsync(versioning.ToString());
            if (versioning == VersioningState.Enabled) (await Listings.VersionsAsync(bench)).Count.ShouldBe(160);
        }
    }

    [Fact]
    public async Task Copies_deletes_and_the_collector_side_by_side_lose_nothing()
    {
        var bench = await ObjectBench.CreateAsync(VersioningState.Suspended);
        var body = ObjectBench.Bytes(200, 1);
        await bench.PutAsync("k0", body);
        using var stop = new CancellationTokenSource();
        var collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                bench.Time.Advance(TimeSpan.FromSeconds(1));
                await bench.Collector.CollectAsync(default);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            var random = new Random(i);
            for (var n = 0; n < 60; n++)
            {
                var (from, to) = ($"k{random.Next(4)}", $"k{random.Next(4)}");
                if (random.Next(3) == 0 && to != "k0") await bench.DeleteAsync(to);
                else
                {
                    var copied = await bench.Services.Copier.CopyAsync(
                        new CopyRequest { SourceBucket = ObjectBench.Bucket, SourceKey = from, Bucket = ObjectBench.Bucket, Key = to, ReplaceHeaders = ObjectHeaders.Empty }, default);
                    copied.Fault.ShouldBeOneOf(ObjectFault.None, ObjectFault.NoSuchKey, ObjectFault.DeleteMarkerIsCurrent);
                }
            }
        })));
        await stop.CancelAsync();
        await collecting;
        await bench.ShouldBeSoundAsync();
        (await bench.GetAsync("k0")).ShouldBe(body);
        bench.Blobs.Stored.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(5_000)]
    public async Task A_body_that_was_begun_for_a_bucket_does_not_land_in_another_of_the_same_name(int lengthBytes)
    {
        var bench = await ObjectBench.CreateAsync();
        var source = new BytesSource(ObjectBench.Bytes(lengthBytes, 1))
        {
            Check = _ =>
            {
                bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default).AsTask().GetAwaiter().GetResult().IsOk.ShouldBeTrue();
                bench.CreateBucketAsync(ObjectBench.Bucket).GetAwaiter().GetResult();
                return null;
            },
        };
        (await bench.TryPutAsync("k", [], source: source)).Fault.ShouldBe(ObjectFault.NoSuchBucket);
        (await bench.TryGetAsync("k")).Fault.ShouldBe(ObjectFault.NoSuchKey);
        await bench.CollectAllAsync();
        bench.Blobs.Stored.ShouldBeEmpty();
        await bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_bucket_is_deleted_or_written_to_and_never_both()
    {
        for (var round = 0; round < 20; round++)
        {
            var bench = await ObjectBench.CreateAsync();
            var put = Task.Run(() => bench.TryPutAsync("k", new byte[100]));
            var delete = Task.Run(async () => await bench.Services.Buckets.DeleteAsync(ObjectBench.Bucket, default));
            var (written, deleted) = (await put, await delete);
            (written.IsOk ^ deleted.IsOk).ShouldBeTrue($"{written.Fault} {deleted.Fault}");
            await bench.ShouldBeSoundAsync();
        }
    }
}
