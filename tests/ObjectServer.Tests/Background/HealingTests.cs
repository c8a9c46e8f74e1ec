using System.Collections.Concurrent;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Background;
using ObjectStore.Storage;

namespace ObjectStore.ObjectServer.Tests.Background;

public sealed class HealingTests
{
    [Fact]
    public async Task What_is_missing_at_commit_stands_in_the_ledger_with_the_object()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Blobs.MissingShards = [1, 5];
        await bench.PutAsync("k", ObjectBench.Bytes(100, 1));
        Ledger(bench).ShouldBe(2);
    }

    [Fact]
    public async Task A_row_goes_when_its_shard_is_healed_and_not_before()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Blobs.MissingShards = [1, 5];
        await bench.PutAsync("k", ObjectBench.Bytes(100, 1));
        var repairer = new Repairer();
        var healer = new Healer(bench.Services.Engine, repairer);
        repairer.Unusable[bench.Blobs.Drives[1]] = 0;
        (await healer.HealAsync(default)).ShouldBe(new HealingResult(1, 0, 1));
        repairer.Healed.ShouldBe([5]);
        repairer.Unusable.Clear();
        repairer.Outcome = RepairOutcome.TooFewSources;
        (await healer.HealAsync(default)).ShouldBe(new HealingResult(0, 0, 1));
        repairer.Outcome = RepairOutcome.Healed;
        (await healer.HealAsync(default)).ShouldBe(new HealingResult(1, 0, 0));
        Ledger(bench).ShouldBe(0);
    }

    [Fact]
    public async Task Rows_of_a_blob_that_is_gone_go_even_when_the_drive_is_away()
    {
        var bench = await ObjectBench.CreateAsync();
        bench.Blobs.MissingShards = [0];
        await bench.PutAsync("k", ObjectBench.Bytes(100, 1));
        await bench.DeleteAsync("k");
        await bench.CollectAllAsync();
        var repairer = new Repairer();
        repairer.Unusable[bench.Blobs.Drives[0]] = 0;
        (await new Healer(bench.Services.Engine, repairer).HealAsync(default)).ShouldBe(new HealingResult(0, 1, 0));
        Ledger(bench).ShouldBe(0);
    }

    [Fact]
    public async Task Findings_are_written_once_outside_of_the_request_and_kept_when_the_store_fails()
    {
        var bench = await ObjectBench.CreateAsync();
        var ledger = new RedundancyLedger(bench.Store, bench.Time);
        var blob = new BlobLayout(new BlobId(1, 2, 0), bench.Blobs.DefaultScheme, 10, [.. bench.Blobs.Drives], [1, 2, 3, 4, 5, 6], []);
        for (var i = 0; i < 100; i++) ledger.Report(blob, i % 2, ShardDefect.Corrupt);
        Ledger(bench).ShouldBe(0);
        bench.Store.BeforeCommit = _ => throw new KvException(KvFault.Unavailable, "away");
        await Should.ThrowAsync<KvException>(async () => await ledger.FlushAsync(default));
        bench.Store.BeforeCommit = null;
        var before = bench.Store.Commits;
        await ledger.FlushAsync(default);
        Ledger(bench).ShouldBe(2);
        (bench.Store.Commits - before).ShouldBe(1);
        ledger.Dropped.ShouldBe(0);
    }

    private static int Ledger(ObjectBench bench) => bench.Store.Rows.Count(row => row.Key[0] == KvTables.LostShards);

    private sealed class Repairer : IShardRepairer
    {
        public ConcurrentDictionary<DriveId, byte> Unusable { get; } = new();

        public List<int> Healed { get; } = [];

        public RepairOutcome Outcome { get; set; } = RepairOutcome.Healed;

        public bool IsUsable(DriveId drive) => !Unusable.ContainsKey(drive);

        public ValueTask<RepairOutcome> HealAsync(BlobLayout blob, int shard, ReadOnlyMemory<byte> tag, CancellationToken ct)
        {
            if (Outcome == RepairOutcome.Healed) Healed.Add(shard);
            return new(Outcome);
        }
    }
}
