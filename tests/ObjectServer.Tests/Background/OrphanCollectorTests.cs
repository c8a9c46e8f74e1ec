using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Server.Objects;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.ObjectServer.Tests.Background;

public sealed class OrphanCollectorTests
{
    [Fact]
    public async Task What_a_failed_upload_leaves_is_freed_and_objects_stay()
    {
        await using var bench = await StoreBench.OpenAsync();
        var body = ObjectBench.Bytes(700_000, 1);
        await bench.PutAsync("kept", body);
        (await bench.TryPutAsync("failed", new BytesSource(body, pieceBytes: 50_000) { Check = _ => new Failure(ObjectFault.BadDigest) })).Fault.ShouldBe(ObjectFault.BadDigest);
        foreach (var drive in bench.Drives[..3]) drive.FailOn(DriveOperation.Delete);
        await bench.Garbage.CollectAsync(default);
        foreach (var drive in bench.Drives) drive.FailOn(DriveOperation.None);
        bench.ShardCount.ShouldBe(6 + 3);

        var result = await bench.NewCollector().CollectAsync(default);
        (result.Freed, result.Stopped).ShouldBe((3, null));
        result.FreedBytes.ShouldBe(3 * 175_000);
        bench.ShardCount.ShouldBe(6);
        (await bench.TryGetAsync("kept")).Value.ShouldBe(body);
    }

    [Fact]
    public async Task What_a_killed_server_leaves_is_freed_in_the_next_session_and_not_before()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.WriteBlobAsync(500_000, 1);
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(0);
        bench.ShardCount.ShouldBe(6);
        await bench.StartAsync(bench.Drives);
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(6);
        bench.ShardCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_commit_of_unknown_outcome_is_left_alone_for_the_session()
    {
        await using var bench = await StoreBench.OpenAsync();
        var body = ObjectBench.Bytes(500_000, 1);
        bench.Store.BeforeCommit = _ => throw new KvException(KvFault.UnknownOutcome, "no mirror answers");
        (await bench.TryPutAsync("k", body)).Fault.ShouldBe(ObjectFault.UnknownOutcome);
        bench.Store.BeforeCommit = null;
        (await bench.NewCollector().CollectAsync(default)).ShouldBe(new OrphanResult(Examined: 6));
        bench.ShardCount.ShouldBe(6);
        await bench.StartAsync(bench.Drives);
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(6);
    }

    [Fact]
    public async Task A_part_and_a_copy_are_held_as_an_object_is()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.PutAsync("k", ObjectBench.Bytes(100_000, 1));
        var upload = (await bench.Services.Multipart.CreateAsync(new CreateUploadRequest { Bucket = StoreBench.Bucket, Key = "parts" }, default)).Value;
        (await bench.Services.Parts.UploadAsync(
            new UploadPartRequest { Bucket = StoreBench.Bucket, Key = "parts", UploadId = upload.UploadId, PartNumber = 1 },
            new BytesSource(ObjectBench.Bytes(100_000, 2)), default)).IsOk.ShouldBeTrue();
        await bench.StartAsync(bench.Drives);
        (await bench.NewCollector().CollectAsync(default)).ShouldBe(new OrphanResult(Examined: 12));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Uploads_in_flight_are_never_freed_however_often_is_collected(int seed)
    {
        await using var bench = await StoreBench.OpenAsync();
        // Commits take their time, so that the collector meets shards whose rows are about to come.
        var commits = 0;
        bench.Store.BeforeCommit = _ =>
        {
            if (Interlocked.Increment(ref commits) % 3 == 0) Thread.Sleep(1);
        };
        using var stop = new CancellationTokenSource();
        var collector = bench.NewCollector(new OrphanOptions { ShardsPerSecond = 10_000_000, BatchSize = 4 });
        var collecting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) (await collector.CollectAsync(default)).Stopped.ShouldBeNull();
        });
        var uploading = Enumerable.Range(0, 4).Select(worker => Task.Run(() => UploadAsync(bench, new Random(seed * 100 + worker), worker))).ToArray();
        var acknowledged = (await Task.WhenAll(uploading)).SelectMany(objects => objects).ToList();
        await stop.CancelAsync();
        await collecting;
        acknowledged.Count.ShouldBe(4 * 40);
        foreach (var (key, body) in acknowledged)
            (await bench.TryGetAsync(key)).Value.ShouldBe(body, $"seed {seed}, {key}");
        bench.ShardCount.ShouldBe(4 * 40 * 6, $"seed {seed}: every shard of every object is on its drive");
    }

    private static async Task<List<(string Key, byte[] Body)>> UploadAsync(StoreBench bench, Random random, int worker)
    {
        var objects = new List<(string, byte[])>();
        for (var i = 0; i < 40; i++)
        {
            var body = ObjectBench.Bytes(random.Next(20, 40_000), random.Next());
            await bench.PutAsync($"{worker}/{i}", body);
            objects.Add(($"{worker}/{i}", body));
        }
        return objects;
    }

    [Fact]
    public async Task Nothing_is_freed_while_a_drive_or_a_mirror_is_away()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.WriteBlobAsync(500_000, 1);
        await bench.StartAsync(bench.Drives);
        bench.Drives[4].Latch("pulled");
        (await bench.NewCollector().CollectAsync(default)).ShouldBe(new OrphanResult(Stopped: "a drive is away"));
        bench.Drives[4].Unlatch();
        bench.StoreRoster.OtherGap = "a mirror is away";
        (await bench.NewCollector().CollectAsync(default)).ShouldBe(new OrphanResult(Stopped: "a mirror is away"));
        bench.ShardCount.ShouldBe(6);

        await bench.StartAsync(bench.Drives[..5]);
        (await bench.NewCollector().CollectAsync(default)).Stopped.ShouldNotBeNull();
        bench.ShardCount.ShouldBe(6);
    }

    [Fact]
    public async Task A_drive_that_goes_in_the_middle_of_a_pass_stops_it_and_the_next_goes_on_from_there()
    {
        await using var bench = await StoreBench.OpenAsync();
        for (var i = 0; i < 10; i++) await bench.WriteBlobAsync(1000, i);
        await bench.StartAsync(bench.Drives);
        bench.StoreRoster.GapAfterLooks = 1 + 25;
        var options = new OrphanOptions { ShardsPerSecond = 1_000_000, BatchSize = 2, SaveInterval = TimeSpan.Zero };
        var first = await bench.NewCollector(options).CollectAsync(default);
        (first.Freed, first.Stopped).ShouldBe((25, "a drive has just gone"));
        bench.ShardCount.ShouldBe(60 - 25);

        await bench.StartAsync(bench.Drives);
        var second = await bench.NewCollector(options).CollectAsync(default);
        second.ShouldBe(new OrphanResult(Examined: 35, Freed: 35, FreedBytes: 35 * 250));
        bench.ShardCount.ShouldBe(0);
        bench.Store.Rows.Count(row => row.Key.AsSpan().StartsWith("yorphan"u8)).ShouldBe(0);
    }

    [Fact]
    public async Task Drives_that_are_done_are_not_gone_through_again_before_the_pass_is_finished()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.PutAsync("k", ObjectBench.Bytes(1000, 1));
        bench.Drives[3].FailOn(DriveOperation.Open);
        var first = await bench.NewCollector().CollectAsync(default);
        (first.Examined, first.Freed).ShouldBe((3, 0));
        first.Stopped.ShouldNotBeNull();
        bench.Drives[3].FailOn(DriveOperation.None);
        (await bench.NewCollector().CollectAsync(default)).Examined.ShouldBe(3);
        (await bench.NewCollector().CollectAsync(default)).Examined.ShouldBe(6, "and then a new pass begins");
    }

    [Fact]
    public async Task Metadata_older_than_the_drives_frees_nothing()
    {
        await using var bench = await StoreBench.OpenAsync();
        var old = await bench.WriteBlobAsync(1000, 1);
        await bench.StartAsync(bench.Drives);
        bench.Drives[0].Replace(new BlobId(old.Session + 5, 1, 0), 0, new byte[100]);
        var result = await bench.NewCollector(new OrphanOptions { BatchSize = 1 }).CollectAsync(default);
        result.Stopped.ShouldNotBeNull().ShouldContain("old copy");
        bench.Drives[0].Has(new BlobId(old.Session + 5, 1, 0), 0).ShouldBeTrue();
    }

    [Fact]
    public async Task A_stale_copy_goes_only_when_the_shard_is_whole_where_its_row_says()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.PutAsync("k", ObjectBench.Bytes(100_000, 1));
        var shard = (await StoreBench.ShardsAsync(bench.Drives[0])).Single();
        bench.Drives[5].Replace(shard.Blob, shard.Shard, bench.Drives[0].BytesOf(shard.Blob, shard.Shard).ToArray());
        bench.Drives[0].Corrupt(shard.Blob, shard.Shard, atByte: 77);
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(0);
        bench.Drives[5].Has(shard.Blob, shard.Shard).ShouldBeTrue();

        bench.Drives[0].Corrupt(shard.Blob, shard.Shard, atByte: 77);
        bench.Engine.Pins.Pin(new ContentId(shard.Blob.Session, shard.Blob.Content));
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(0, "a repair may be at work on it");
        bench.Engine.Pins.Unpin(new ContentId(shard.Blob.Session, shard.Blob.Content));
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(1);
        bench.Drives[5].Has(shard.Blob, shard.Shard).ShouldBeFalse();
        bench.Drives[0].Has(shard.Blob, shard.Shard).ShouldBeTrue();
    }

    [Fact]
    public async Task A_shard_where_its_row_says_stays_although_the_ledger_calls_it_lost()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.PutAsync("k", ObjectBench.Bytes(100_000, 1));
        var shard = (await StoreBench.ShardsAsync(bench.Drives[2])).Single();
        using (var transaction = bench.Store.Begin())
        {
            transaction.PutRecord(SchemaKeys.LostShard(bench.Drives[2].Id, shard.Blob), new LostShardRecord { Shard = (uint)shard.Shard });
            await transaction.CommitAsync();
        }
        (await bench.NewCollector().CollectAsync(default)).ShouldBe(new OrphanResult(Examined: 6));
    }

    [Fact]
    public async Task A_shard_that_its_contents_row_does_not_explain_stays_and_is_counted()
    {
        await using var bench = await StoreBench.OpenAsync();
        await bench.PutAsync("k", ObjectBench.Bytes(100_000, 1));
        var shard = (await StoreBench.ShardsAsync(bench.Drives[0])).Single();
        bench.Drives[0].Replace(shard.Blob with { Ordinal = 9 }, 0, new byte[100]);
        (await bench.NewCollector().CollectAsync(default)).ShouldBe(new OrphanResult(Examined: 7, Unexplained: 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Invariant_2_An_acknowledged_delete_never_comes_back_not_even_with_a_drive_that_returns_later(int seed)
    {
        await using var bench = await StoreBench.OpenAsync();
        var random = new Random(seed);
        var bodies = Enumerable.Range(0, 12).ToDictionary(i => $"k{i}", i => ObjectBench.Bytes(random.Next(20, 60_000), random.Next()));
        foreach (var (key, body) in bodies) await bench.PutAsync(key, body);
        var away = bench.Drives[random.Next(6)];
        var before = new List<(InMemoryDrive Drive, ShardInfo Shard, byte[] Bytes)>();
        foreach (var drive in bench.Drives)
            foreach (var shard in await StoreBench.ShardsAsync(drive)) before.Add((drive, shard, drive.BytesOf(shard.Blob, shard.Shard).ToArray()));

        away.Latch("unplugged");
        var deleted = bodies.Keys.Where(_ => random.Next(2) == 0).ToHashSet();
        foreach (var key in deleted) await bench.DeleteAsync(key);
        await bench.CollectGarbageAsync();
        await bench.StartAsync([.. bench.Drives.Where(drive => drive != away)]);
        await bench.CollectGarbageAsync();
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(0, "a drive is away");
        await ShouldBeGoneAsync();

        // It is back after a month, with all that it ever held.
        bench.Time.Advance(TimeSpan.FromDays(30));
        away.Unlatch();
        await bench.StartAsync(bench.Drives);
        await ShouldBeGoneAsync();
        (await bench.CollectGarbageAsync()).Waiting.ShouldBe(0);
        (await bench.NewCollector().CollectAsync(default)).Stopped.ShouldBeNull();
        await ShouldBeGoneAsync();
        bench.ShardCount.ShouldBe((bodies.Count - deleted.Count) * 6, $"seed {seed}: what the drive brought back is freed");

        // An index that is rebuilt from a drive's log finds what was deleted before: deletes leave no trace there.
        foreach (var (drive, shard, bytes) in before) drive.Replace(shard.Blob, shard.Shard, bytes);
        await bench.StartAsync(bench.Drives);
        await ShouldBeGoneAsync();
        (await bench.NewCollector().CollectAsync(default)).Freed.ShouldBe(deleted.Count * 6);
        await ShouldBeGoneAsync();
        bench.ShardCount.ShouldBe((bodies.Count - deleted.Count) * 6);

        async Task ShouldBeGoneAsync()
        {
            foreach (var (key, body) in bodies)
            {
                var read = await bench.TryGetAsync(key);
                if (deleted.Contains(key)) read.Fault.ShouldBe(ObjectFault.NoSuchKey, $"seed {seed}, {key}");
                else read.Value.ShouldBe(body, $"seed {seed}, {key}");
            }
        }
    }
}
