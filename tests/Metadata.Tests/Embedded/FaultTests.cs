using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage.IO;
using ObjectStore.TestKit;

namespace ObjectStore.Metadata.Tests.Embedded;

/// <summary>Drives that fail, hang or lose power while the store runs.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_mirror_whose_sync_fails_is_fenced_and_replaced(int failing)
    {
        await using var store = Create(drives: 5);
        await store.OpenAsync();
        await store.PutManyAsync(0, 10);
        var epoch = store.Store.Health.Epoch;
        using var fault = FailSyncs(store, failing);
        await store.PutManyAsync(10, 10);

        store.Mirrors().ShouldNotContain(failing);
        store.Store.Health.Epoch.ShouldBeGreaterThan(epoch);
        await store.ShouldHaveAsync(20);
        await store.WaitForAsync(health => health.State == EmbeddedState.Healthy);
        store.Mirrors().ShouldNotContain(failing);
        await store.PutManyAsync(20, 10);
        await store.LosePowerAsync();
        await store.OpenAsync();
        await store.ShouldHaveAsync(30);
    }

    [Fact]
    public async Task Two_mirrors_may_fail_one_after_the_other_and_at_once()
    {
        foreach (var atOnce in (bool[])[false, true])
        {
            await using var store = Create(drives: 6);
            store.Options = store.Options with { ReplaceLostMirrors = false };
            await store.OpenAsync();
            await store.PutManyAsync(0, 5);
            using var first = FailSyncs(store, 0);
            if (!atOnce) await store.PutManyAsync(5, 5);
            using var second = FailSyncs(store, 1);
            await store.PutManyAsync(atOnce ? 5 : 10, atOnce ? 10 : 5);
            store.Mirrors().ShouldBe([2]);
            store.Store.Health.State.ShouldBe(EmbeddedState.Degraded);
            await store.ShouldHaveAsync(15);
        }
    }

    [Fact]
    public async Task A_mirror_that_hangs_is_fenced_after_the_deadline()
    {
        await using var store = Create(drives: 6);
        store.Options = store.Options with { MirrorDeadline = TimeSpan.FromMilliseconds(300) };
        await store.OpenAsync();
        using var hang = new ManualResetEventSlim();
        using var fault = Disk(store, 1).Inject(new FaultRule(FaultyOperation.Sync) { ErrorNumber = 0, OnHit = hang.Wait });
        await store.PutAsync("cA", "1");
        store.Mirrors().ShouldNotContain(1);
        (await store.GetAsync("cA")).ShouldBe("1");
        hang.Set();
    }

    [Fact]
    public async Task A_stall_of_all_mirrors_fences_none_that_follows_the_first_in_time()
    {
        var time = new FakeTime();
        await using var store = Create(drives: 3);
        store.Time = time;
        await store.OpenAsync();
        var idle = time.ArmedTimers;
        using var first = new ManualResetEventSlim();
        using var others = new ManualResetEventSlim();
        var stalls = Enumerable.Range(0, 3).Select(i => Disk(store, i).Inject(new FaultRule(FaultyOperation.Sync) { ErrorNumber = 0, OnHit = i == 0 ? first.Wait : others.Wait })).ToList();
        var put = store.PutAsync("cA", "1");
        // All together later than the deadline, the others well within it behind the first.
        await TestStore.UntilAsync(() => time.ArmedTimers == idle + 1);
        time.Advance(1.5 * store.Options.MirrorDeadline);
        time.ArmedTimers.ShouldBe(idle);
        first.Set();
        await TestStore.UntilAsync(() => time.ArmedTimers == idle + 1);
        time.Advance(0.9 * store.Options.MirrorDeadline);
        others.Set();
        await put;
        stalls.ForEach(stall => stall.Dispose());
        store.Mirrors().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task A_mirror_that_follows_the_first_too_late_is_fenced()
    {
        var time = new FakeTime();
        await using var store = Create(drives: 3);
        store.Time = time;
        store.Options = store.Options with { ReplaceLostMirrors = false };
        await store.OpenAsync();
        var idle = time.ArmedTimers;
        using var first = new ManualResetEventSlim();
        using var others = new ManualResetEventSlim();
        var stalls = Enumerable.Range(0, 3).Select(i => Disk(store, i).Inject(new FaultRule(FaultyOperation.Sync) { ErrorNumber = 0, OnHit = i == 0 ? first.Wait : others.Wait })).ToList();
        var put = store.PutAsync("cA", "1");
        await TestStore.UntilAsync(() => time.ArmedTimers == idle + 1);
        time.Advance(1.5 * store.Options.MirrorDeadline);
        first.Set();
        await TestStore.UntilAsync(() => time.ArmedTimers == idle + 1);
        time.Advance(store.Options.MirrorDeadline);
        await put;
        store.Mirrors().ShouldBe([0]);
        others.Set();
        stalls.ForEach(stall => stall.Dispose());
    }

    [Fact]
    public async Task When_no_mirror_confirms_a_commit_its_outcome_is_unknown_and_the_store_latches()
    {
        await using var store = Create(drives: 3);
        await store.OpenAsync();
        await store.PutAsync("cA", "1");
        var faults = Enumerable.Range(0, 3).Select(i => FailSyncs(store, i)).ToList();
        (await Should.ThrowAsync<KvException>(() => store.PutAsync("cB", "1"))).Fault.ShouldBe(KvFault.UnknownOutcome);
        var refused = await Should.ThrowAsync<KvException>(() => store.PutAsync("cC", "1"));
        refused.Fault.ShouldBe(KvFault.Unavailable);
        store.Store.Health.State.ShouldBe(EmbeddedState.Latched);
        (await store.GetAsync("cA")).ShouldBe("1");
        (await store.GetAsync("cB")).ShouldBeNull();

        faults.ForEach(fault => fault.Dispose());
        await store.LosePowerAsync();
        await store.OpenAsync();
        (await store.GetAsync("cA")).ShouldBe("1");
        (await store.GetAsync("cC")).ShouldBeNull();
    }

    [Fact]
    public async Task A_mirror_that_could_not_be_taken_in_is_not_believed_after_a_restart()
    {
        await using var store = Create(drives: 6);
        await store.OpenAsync();
        await store.PutAsync("cA", "old");
        // A member refuses every record that names a newcomer; the newcomer has taken it by then.
        var refused = 0;
        store.Drives[1].RefuseMembership = record =>
        {
            if (Membership.Decode(record).Members.Count < 3) return false;
            Interlocked.Increment(ref refused);
            return true;
        };
        using var fault = FailSyncs(store, 2);
        await store.PutAsync("cB", "1");
        await TestStore.UntilAsync(() => Volatile.Read(ref refused) >= 3);
        await store.PutAsync("cA", "new");
        store.Mirrors().ShouldBe([0, 1]);

        await store.LosePowerAsync();
        // What is left are drives that were to be mirrors and never got the last commit.
        await store.RefusedAsync(absent: [0, 1]);
        await store.OpenAsync();
        (await store.GetAsync("cA")).ShouldBe("new");
    }

    [Fact]
    public async Task A_drive_whose_fenced_mirror_still_has_readers_is_not_wiped_under_them()
    {
        await using var store = Create(drives: 3);
        await store.OpenAsync();
        await store.PutManyAsync(0, 10);
        using (var before = store.Store.Snapshot())
        {
            using (FailSyncs(store, 0)) await store.PutAsync("cA", "1");
            await Task.Delay(500);
            // Fencing another one wakes the search for places for new mirrors.
            using (FailSyncs(store, 1)) await store.PutAsync("cA", "2");
            for (var i = 0; i < 10; i++)
            {
                store.Mirrors().ShouldNotContain(0);
                (await before.GetAsync(TestStore.Bytes($"cKey{i:d6}"))).ShouldNotBeNull();
                (await before.GetAsync(TestStore.Bytes("cA"))).ShouldBeNull();
                await Task.Delay(100);
            }
        }
        (await store.GetAsync("cA")).ShouldBe("2");
    }

    [Fact]
    public async Task A_mirror_that_cannot_be_fenced_makes_the_outcome_unknown()
    {
        await using var store = Create(drives: 6);
        await store.OpenAsync();
        foreach (var drive in store.Drives.Skip(3)) drive.FailMembershipWrites = true;
        using var fault = FailSyncs(store, 1);
        // Two members and no other drive take the new epoch: less than the four that are needed.
        (await Should.ThrowAsync<KvException>(() => store.PutAsync("cA", "1"))).Fault.ShouldBe(KvFault.UnknownOutcome);
        store.Store.Health.State.ShouldBe(EmbeddedState.Latched);
    }

    [Fact]
    public async Task A_full_journal_disk_refuses_commits_and_takes_them_again_later()
    {
        await using var store = Create(drives: 1);
        store.Options = store.Options with { Parity = 0 };
        await store.OpenAsync();
        await store.PutManyAsync(0, 3);
        var disk = Disk(store, 0);
        disk.CapacityBytes = 0;
        var fault = await FillAsync(store);
        fault.ShouldBe(KvFault.Unavailable);
        disk.CapacityBytes = long.MaxValue;
        await EventuallyAsync(() => store.PutAsync("cAfter", "1"));
        (await store.GetAsync("cAfter")).ShouldBe("1");
        await store.ShouldHaveAsync(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_power_loss_at_any_moment_loses_nothing_that_was_acknowledged(int seed)
    {
        await using var store = Create(drives: 4, seed);
        var acknowledged = new Dictionary<string, string>();
        for (var round = 0; round < 3; round++)
        {
            await store.OpenAsync();
            await WriteUntilPowerLossAsync(store, acknowledged, seed, round);
        }
        acknowledged.Count.ShouldBeGreaterThan(0, $"seed {seed}");
        await store.OpenAsync();
        foreach (var (key, value) in acknowledged) (await store.GetAsync(key)).ShouldBe(value, $"seed {seed}, key {key}");
    }

    private static async Task WriteUntilPowerLossAsync(TestStore store, Dictionary<string, string> acknowledged, int seed, int round)
    {
        using var stop = new CancellationTokenSource();
        var writes = 0;
        var writers = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var (key, value) = ($"cW{worker}.{i % 37}", $"{seed}.{round}.{i}");
                // Until it is acknowledged, the row may be either of the two.
                lock (acknowledged) acknowledged.Remove(key);
                try
                {
                    await store.PutAsync(key, value);
                }
                catch (Exception exception) when (exception is KvException or ObjectDisposedException)
                {
                    return;
                }
                lock (acknowledged) acknowledged[key] = value;
                Interlocked.Increment(ref writes);
            }
        })).ToArray();
        await TestStore.UntilAsync(() => Volatile.Read(ref writes) >= 10);
        await Task.Delay(30 + new Random(seed * 10 + round).Next(60));
        await store.LosePowerAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    private static async Task<KvFault?> FillAsync(TestStore store)
    {
        for (var i = 0; i < 2_000; i++)
        {
            try
            {
                using var transaction = store.Store.Begin();
                transaction.Put(TestStore.Bytes($"dFill{i}"), new byte[64 << 10]);
                await transaction.CommitAsync();
            }
            catch (KvException exception)
            {
                return exception.Fault;
            }
        }
        return null;
    }

    private static async Task EventuallyAsync(Func<Task> action)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await action();
                return;
            }
            catch (KvException exception) when (exception.IsTransient && attempt < 1200)
            {
                await Task.Delay(50);
            }
        }
    }

    private static FaultRule FailSyncs(TestStore store, int drive) =>
        Disk(store, drive).Inject(new FaultRule(FaultyOperation.Sync) { ErrorNumber = Errno.EIO });

    private static FaultyFileSystem Disk(TestStore store, int drive) => (FaultyFileSystem)store.Drives[drive].FileSystem;

    private static TestStore Create(int drives, int seed = 1)
    {
        var next = seed * 100;
        return new TestStore(drives, directory =>
        {
            var disk = new FaultyFileSystem(next++);
            var parts = directory.Split('/', StringSplitOptions.RemoveEmptyEntries);
            for (var i = 1; i <= parts.Length; i++) disk.CreateDirectory("/" + string.Join('/', parts[..i]));
            disk.SyncDirectory(directory);
            foreach (var parent in Enumerable.Range(1, parts.Length)) disk.SyncDirectory("/" + string.Join('/', parts[..parent]));
            disk.SyncDirectory("/");
            return disk;
        });
    }
}
