using ObjectStore.ObjectServer.Tests.Objects;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Replication;
using static ObjectStore.Server.Tests.Replication.ReplicationBench;

namespace ObjectStore.Server.Tests.Replication;

/// <summary>What was there before the rules.</summary>
public sealed class ReplicationWalkTests
{
    [Fact]
    public async Task A_walk_gives_every_version_a_row_of_a_key_the_oldest_first()
    {
        var bench = await CreateAsync((ReplicationOptions?)null);
        for (var i = 0; i < 200; i++) await bench.Bench.PutAsync($"k{i % 50}", $"{i}");
        await bench.Bench.DeleteAsync("k3");
        await bench.SetAsync(Rule());
        (await bench.PendingAsync()).ShouldBe(0);
        await SyncAsync(bench, new SyncRequest());
        var queued = await bench.QueuedAsync(Here);
        queued.Count.ShouldBe(201);
        foreach (var key in queued.GroupBy(change => change.Record.Key)) key.Select(change => change.Record.Sequence).ToArray().ShouldBeInOrder();
        await bench.Bench.ShouldBeSoundAsync();
        var walk = (await bench.Service.GetStatusAsync(ObjectBench.Bucket, default)).Value.Walk!;
        (walk.Looked, walk.Queued, (WalkEnd)walk.End).ShouldBe((201UL, 201UL, WalkEnd.Finished));
    }

    [Fact]
    public async Task What_waits_or_is_there_already_gets_no_second_row_unless_it_is_asked_for_again()
    {
        var bench = await CreateAsync(Rule());
        await bench.Bench.PutAsync("done", "x");
        await bench.RunUntilEmptyAsync();
        await bench.Bench.PutAsync("waits", "x");
        await SyncAsync(bench, new SyncRequest());
        (await bench.QueuedAsync(Here)).Count.ShouldBe(1);
        await SyncAsync(bench, new SyncRequest(Again: true));
        (await bench.QueuedAsync(Here)).Select(change => change.Record.Key.ToStringUtf8()).Order().ShouldBe(["done", "waits"]);
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task Versions_whose_rows_were_dropped_with_their_rules_are_found()
    {
        var bench = await CreateAsync(Rule());
        await bench.Bench.PutAsync("k", "x");
        (await bench.Service.DeleteAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        await bench.SetAsync(Rule());
        (await bench.StatusAsync("k")).ShouldBe(ReplicationStatus.Pending);
        await SyncAsync(bench, new SyncRequest());
        (await bench.QueuedAsync(Here)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_walk_keeps_to_its_prefix_and_to_the_rules()
    {
        var bench = await CreateAsync((ReplicationOptions?)null);
        foreach (var key in (string[])["a/1", "a/2", "b/1", "c/1"]) await bench.Bench.PutAsync(key, "x");
        await bench.SetAsync(Rule(prefix: "a/"), Rule(There, 2, "b/"));
        await SyncAsync(bench, new SyncRequest(Prefix: "a/1"));
        (await bench.QueuedAsync(Here)).Select(change => change.Record.Key.ToStringUtf8()).ShouldBe(["a/1"]);
        await SyncAsync(bench, new SyncRequest());
        (await bench.QueuedAsync(Here)).Count.ShouldBe(2);
        (await bench.QueuedAsync(There)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Rules_that_want_existing_objects_begin_a_walk_for_themselves()
    {
        var bench = await CreateAsync((ReplicationOptions?)null);
        await bench.Bench.PutAsync("k", "x");
        var rule = Rule();
        rule.ExistingObjects = true;
        await bench.SetAsync(rule, Rule(There, 2));
        await bench.WalkAsync();
        (await bench.QueuedAsync(Here)).Count.ShouldBe(1);
        (await bench.QueuedAsync(There)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_walk_goes_on_after_a_restart_while_others_write_and_misses_nothing()
    {
        var bench = await CreateAsync((ReplicationOptions?)null);
        for (var i = 0; i < 120; i++) await bench.Bench.PutAsync($"k{i:D3}", "x");
        await bench.SetAsync(Rule());
        await bench.Service.SyncAsync(ObjectBench.Bucket, new SyncRequest(), default);
        var steps = 0;
        ulong id;
        using (var snapshot = bench.Bench.Services.Engine.Store.Snapshot()) id = (await ObjectEngine.GetBucketAsync(snapshot, ObjectBench.Bucket, default))!.Id;
        while (await bench.Walker.StepAsync(id, default))
        {
            // What the walk comes by later moves from the current versions to the others.
            for (var i = 110; i < 120; i++) await bench.Bench.PutAsync($"k{i:D3}", $"{steps}");
            if (++steps == 3) await bench.ReopenAsync();
        }
        steps.ShouldBeGreaterThan(3);
        await bench.RunUntilEmptyAsync();
        var all = await bench.Bench.Services.Versions.ListAsync(new ListVersionsRequest { Bucket = ObjectBench.Bucket }, default);
        foreach (var version in all.Value.Versions) (await bench.StatusAsync(version.Key, version.VersionId)).ShouldBe(ReplicationStatus.Completed, version.Key);
        await bench.Bench.ShouldBeSoundAsync();
    }

    [Fact]
    public async Task A_walk_waits_while_a_queue_is_long_and_ends_when_it_is_cancelled_or_its_rules_go()
    {
        var bench = await CreateAsync(new ReplicationOptions { MaxWalkBacklog = 5 });
        for (var i = 0; i < 100; i++) await bench.Bench.PutAsync($"k{i}", "x");
        await bench.SetAsync(Rule());
        await SyncAsync(bench, new SyncRequest());
        var waiting = (await bench.QueuedAsync(Here)).Count;
        waiting.ShouldBeLessThan(100);
        (await bench.Service.CancelSyncAsync(ObjectBench.Bucket, default)).IsOk.ShouldBeTrue();
        (await bench.Service.CancelSyncAsync(ObjectBench.Bucket, default)).Fault.ShouldBe(ObjectFault.NoSuchConfiguration);
        await bench.RunUntilEmptyAsync();
        await bench.WalkAsync();
        (await bench.PendingAsync()).ShouldBe(0);
        bench.Destinations.Taken.Count.ShouldBe(waiting);
        await bench.Service.SyncAsync(ObjectBench.Bucket, new SyncRequest(), default);
        await bench.Service.DeleteAsync(ObjectBench.Bucket, default);
        await bench.WalkAsync();
        await bench.Bench.ShouldBeSoundAsync();
    }

    private static async Task SyncAsync(ReplicationBench bench, SyncRequest request)
    {
        (await bench.Service.SyncAsync(ObjectBench.Bucket, request, default)).IsOk.ShouldBeTrue();
        await bench.WalkAsync();
    }
}
