using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.Erasure.Tests.Sets;

public sealed class DriveSetTests
{
    private static InMemoryDrive NewDrive(int number) => new(new DriveId(new Guid(number, 0, 0, new byte[8])));

    private static (DriveSet Set, List<InMemoryDrive> Drives) NewSet(int drives, Func<int, FailureDomain>? domain = null, ulong seed = 3)
    {
        var set = new DriveSet(seed);
        var all = Enumerable.Range(1, drives).Select(NewDrive).ToList();
        for (var i = 0; i < drives; i++)
            set.Add(all[i], domain?.Invoke(i) ?? FailureDomain.Local);
        return (set, all);
    }

    private static DriveSlot[] Pick(DriveSet set, int count, long shardBytes = 1)
    {
        var picked = new DriveSlot[count];
        return picked[..set.Pick(picked, shardBytes)];
    }

    [Fact]
    public void Picks_are_distinct_and_spread_evenly_over_equal_drives()
    {
        var (set, drives) = NewSet(12);
        var uses = new Dictionary<DriveId, int>();
        var firsts = new Dictionary<DriveId, int>();
        for (var i = 0; i < 2_000; i++)
        {
            var picked = Pick(set, 6);
            picked.Distinct().Count().ShouldBe(6);
            foreach (var slot in picked)
                uses[slot.Drive.Id] = uses.GetValueOrDefault(slot.Drive.Id) + 1;
            firsts[picked[0].Drive.Id] = firsts.GetValueOrDefault(picked[0].Drive.Id) + 1;
        }

        foreach (var drive in drives)
        {
            uses[drive.Id].ShouldBeInRange(900, 1_100);
            firsts[drive.Id].ShouldBeInRange(110, 230);
        }
    }

    [Fact]
    public void A_drive_with_more_free_space_is_picked_more_often()
    {
        var (set, drives) = NewSet(10);
        drives[0].SetAvailable(4L << 40);
        var (large, small) = (0, 0);
        for (var i = 0; i < 2_000; i++)
        {
            var picked = Pick(set, 2);
            large += picked.Any(slot => slot.Drive == drives[0]) ? 1 : 0;
            small += picked.Any(slot => slot.Drive == drives[1]) ? 1 : 0;
        }

        large.ShouldBeGreaterThan(2 * small);
    }

    [Fact]
    public void Zones_and_nodes_are_used_evenly_before_free_space_counts()
    {
        // Zone a has most drives and most space; two nodes in each zone.
        var (set, drives) = NewSet(12, i => new FailureDomain($"node{i % 2}", i < 6 ? "a" : i < 9 ? "b" : "c"));
        foreach (var drive in drives.Take(6))
            drive.SetAvailable(1L << 45);
        for (var i = 0; i < 200; i++)
        {
            var picked = Pick(set, 6);
            picked.GroupBy(slot => slot.Domain.Zone).ShouldAllBe(zone => zone.Count() == 2);
            picked.GroupBy(slot => slot.Domain).ShouldAllBe(node => node.Count() == 1);
        }
    }

    [Fact]
    public void Too_few_domains_are_used_as_evenly_as_can_be()
    {
        var (set, _) = NewSet(6, i => new FailureDomain("", i == 0 ? "a" : "b"));
        Pick(set, 6).Length.ShouldBe(6);
        Pick(set, 4).Count(slot => slot.Domain.Zone == "a").ShouldBe(1);
    }

    [Fact]
    public void Latched_stuck_and_full_drives_are_not_picked()
    {
        var (set, drives) = NewSet(6);
        drives[0].Latch("test");
        drives[1].SetAvailable(99);
        set.FindSlot(drives[2].Id)!.EnterStuck();
        set.UsableCount.ShouldBe(4);
        set.CountUsable(100).ShouldBe(3);
        Pick(set, 6, 100).Select(slot => slot.Drive).ShouldBe(drives.Skip(3), ignoreOrder: true);
        var status = set.GetStatus();
        status.Select(drive => drive.IsUsable).ShouldBe([false, true, false, true, true, true]);
        status[0].Health.Reason.ShouldBe("test");
        set.FindSlot(drives[2].Id)!.LeaveStuck();
        set.UsableCount.ShouldBe(5);
    }

    [Fact]
    public void Drives_come_and_go_and_a_reopened_one_takes_its_old_place()
    {
        var (set, drives) = NewSet(3);
        set.TryGet(drives[1].Id, out var found).ShouldBeTrue();
        found.ShouldBe(drives[1]);
        set.Remove(drives[1].Id).ShouldBeTrue();
        set.Remove(drives[1].Id).ShouldBeFalse();
        set.TryGet(drives[1].Id, out _).ShouldBeFalse();
        var reopened = NewDrive(1);
        set.Add(reopened, FailureDomain.Local);
        set.Count.ShouldBe(2);
        set.TryGet(drives[0].Id, out found).ShouldBeTrue();
        found.ShouldBe(reopened);
    }

    [Fact]
    public void The_same_seed_picks_the_same_drives()
    {
        var (a, b, c) = (NewSet(12).Set, NewSet(12).Set, NewSet(12, seed: 4).Set);
        string Run(DriveSet set) => string.Join(' ', Enumerable.Range(0, 20).SelectMany(_ => Pick(set, 6)).Select(slot => slot.Drive.Id));
        var run = Run(a);
        Run(b).ShouldBe(run);
        Run(c).ShouldNotBe(run);
    }

    [Fact]
    public async Task Drives_change_while_others_pick()
    {
        var (set, drives) = NewSet(8, i => new FailureDomain($"n{i}", $"z{i % 3}"));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var changes = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % 4)
            {
                set.Remove(drives[i].Id);
                set.Add(drives[i], new FailureDomain($"n{i}", $"z{i}"));
            }
        });
        var picks = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                Pick(set, 6).Distinct().Count().ShouldBe(6);
        }));
        await Task.WhenAll([changes, .. picks]);
    }

    [Fact]
    public void The_p95_follows_the_latencies_of_a_drive()
    {
        var quantile = new LatencyQuantile();
        quantile.Value.ShouldBe(TimeSpan.Zero);
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
            quantile.Record(TimeSpan.FromMilliseconds(random.NextDouble() * 100));
        quantile.Value.TotalMilliseconds.ShouldBeInRange(70, 110);
        for (var i = 0; i < 20_000; i++)
            quantile.Record(TimeSpan.FromMilliseconds(random.NextDouble()));
        quantile.Value.TotalMilliseconds.ShouldBeInRange(0.7, 1.1);
    }
}
