using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.ObjectServer.Tests.Background;

public sealed class ScheduleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task What_a_reader_finds_is_healed_at_the_next_tick()
    {
        await using var bench = await StoreBench.OpenAsync();
        var body = ObjectBench.Bytes(300_000, 1);
        await bench.PutAsync("k", body);
        var schedule = new HealingSchedule(bench.Store, new Healer(bench.Engine, new DriveRepairer(bench.Repairer, bench.Set)), bench.Ledger, bench.Time);
        await schedule.TickAsync(default);
        var drive = bench.Drives[0];
        var shard = (await StoreBench.ShardsAsync(drive)).Single();
        // Found damaged, and written into the ledger, as a reader's finding is.
        drive.Corrupt(shard.Blob, shard.Shard, atByte: 5);
        for (var attempt = 0; attempt < 2; attempt++) (await bench.TryGetAsync("k")).Value.ShouldBe(body);
        if (shard.Shard >= 4) bench.Ledger.Report(await LayoutAsync(bench, shard.Blob), shard.Shard, ShardDefect.Corrupt);
        await bench.Ledger.FlushAsync(default);
        LedgerRows(bench).ShouldBe(1);
        bench.Time.Advance(Second);
        await schedule.TickAsync(default);
        LedgerRows(bench).ShouldBe(0);
        schedule.Healed.ShouldBe(1);
    }

    [Fact]
    public async Task Rows_that_cannot_be_healed_are_tried_at_growing_intervals_and_do_not_hold_up_others()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Blobs.MissingShards = [1];
        for (var i = 0; i < 500; i++) await bench.PutAsync($"k{i}", ObjectBench.Bytes(100, i));
        var repairer = new CountingRepairer { Outcome = RepairOutcome.TooFewSources };
        var ledger = new RedundancyLedger(bench.Store, bench.Time);
        var schedule = new HealingSchedule(bench.Store, new Healer(bench.Services.Engine, repairer), ledger, bench.Time);
        var most = 0;
        for (var tick = 0; tick < 3600; tick++)
        {
            var before = repairer.Attempts;
            await schedule.TickAsync(default);
            most = Math.Max(most, repairer.Attempts - before);
            bench.Time.Advance(Second);
        }
        most.ShouldBeLessThanOrEqualTo(Healer.SliceRows);
        repairer.Attempts.ShouldBeLessThan(500 * 20);

        // A finding about another drive does not wait for them.
        bench.Blobs.MissingShards = [2];
        await bench.PutAsync("other", ObjectBench.Bytes(100, 1));
        repairer.Outcome = RepairOutcome.Healed;
        var rows = LedgerRows(bench.Store);
        await schedule.TickAsync(default);
        LedgerRows(bench.Store).ShouldBeLessThan(rows);
        for (var tick = 0; tick < 305; tick++, bench.Time.Advance(Second)) await schedule.TickAsync(default);
        LedgerRows(bench.Store).ShouldBe(0);
    }

    [Fact]
    public async Task Rows_of_a_drive_that_is_away_cost_nothing_and_are_healed_as_soon_as_it_is_back()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Blobs.MissingShards = [1];
        for (var i = 0; i < 10; i++) await bench.PutAsync($"k{i}", ObjectBench.Bytes(100, i));
        var repairer = new CountingRepairer { Away = true };
        var schedule = new HealingSchedule(bench.Store, new Healer(bench.Services.Engine, repairer), new RedundancyLedger(bench.Store, bench.Time), bench.Time);
        for (var tick = 0; tick < 100; tick++, bench.Time.Advance(Second)) await schedule.TickAsync(default);
        repairer.Attempts.ShouldBe(0);
        // One for each tick, and one for each row the one time that they were gone through.
        repairer.Questions.ShouldBeLessThan(100 * 2 + 10);
        repairer.Away = false;
        await schedule.TickAsync(default);
        LedgerRows(bench.Store).ShouldBe(0);
    }

    [Fact]
    public async Task Garbage_that_waits_for_a_drive_is_not_tried_with_every_tick_and_goes_when_the_drive_is_back()
    {
        await using var bench = await StoreBench.OpenAsync();
        for (var i = 0; i < 5; i++) await bench.PutAsync($"k{i}", ObjectBench.Bytes(1000, i));
        bench.Drives[2].Latch("unplugged");
        for (var i = 0; i < 5; i++) await bench.DeleteAsync($"k{i}");
        bench.Time.Advance(TimeSpan.FromMinutes(11));
        var ticks = 2 * 60 * 12;
        for (var tick = 0; tick < ticks; tick++, bench.Time.Advance(TimeSpan.FromSeconds(30))) await bench.Garbage.TickAsync(default);
        bench.Drives[0].Calls(DriveOperation.Delete).ShouldBeInRange(5, 5 * 25);
        (bench.Garbage.Freed, bench.Drives[0].ShardCount, bench.Drives[2].ShardCount).ShouldBe((0, 0, 5));

        // What becomes due meanwhile does not wait behind it.
        bench.Drives[2].Unlatch();
        await bench.PutAsync("later", ObjectBench.Bytes(1000, 9));
        bench.Drives[2].Latch("unplugged");
        await bench.Garbage.TickAsync(default);
        bench.Drives[2].Unlatch();
        await bench.Garbage.TickAsync(default);
        bench.Garbage.Freed.ShouldBe(5);
        bench.Drives[2].ShardCount.ShouldBe(1);
        await bench.DeleteAsync("later");
        bench.Time.Advance(TimeSpan.FromMinutes(9));
        await bench.Garbage.TickAsync(default);
        bench.ShardCount.ShouldBe(6);
        bench.Time.Advance(TimeSpan.FromMinutes(2));
        await bench.Garbage.TickAsync(default);
        bench.ShardCount.ShouldBe(0);
    }

    private static async Task<BlobLayout> LayoutAsync(StoreBench bench, BlobId blob)
    {
        using var snapshot = bench.Store.Snapshot();
        var content = new Metadata.Schema.ContentId(blob.Session, blob.Content);
        var record = Metadata.Schema.ContentRecord.Parser.ParseFrom((await snapshot.GetAsync(Metadata.Schema.SchemaKeys.Content(content)))!.Value.Span);
        return (await Server.Objects.ContentRows.GetBlobsAsync(snapshot, content, record, default)).Single(found => found.Id == blob);
    }

    private static int LedgerRows(StoreBench bench) => LedgerRows(bench.Store);

    private static int LedgerRows(TestKit.Kv.InMemoryKeyValueStore store) => store.Rows.Count(row => row.Key[0] == KvTables.LostShards);

    private sealed class CountingRepairer : IShardRepairer
    {
        public bool Away { get; set; }
        public int Attempts { get; private set; }
        public int Questions { get; private set; }
        public RepairOutcome Outcome { get; set; } = RepairOutcome.Healed;

        public bool IsUsable(DriveId drive)
        {
            Questions++;
            return !Away;
        }

        public ValueTask<RepairOutcome> HealAsync(BlobLayout blob, int shard, ReadOnlyMemory<byte> tag, CancellationToken ct)
        {
            Attempts++;
            return new(Outcome);
        }
    }
}
