using System.Buffers.Binary;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Tests.Embedded;

public sealed class DurabilityTests
{
    [Fact]
    public async Task Every_acknowledged_transaction_is_there_after_a_crash()
    {
        await using var store = new TestStore(drives: 4);
        await store.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            await store.PutManyAsync(round * 50, 50);
            await store.CrashAsync();
            await store.OpenAsync();
            await store.ShouldHaveAsync((round + 1) * 50);
        }
    }

    [Fact]
    public async Task A_crash_under_load_loses_nothing_that_was_acknowledged()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        var acknowledged = new List<string>();
        var atCrash = new List<string>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var key = $"cW{worker}.{i:d5}";
                try
                {
                    await store.PutAsync(key, key);
                }
                catch (Exception exception) when (exception is KvException or ObjectDisposedException && stop.IsCancellationRequested)
                {
                    return;
                }
                lock (acknowledged) acknowledged.Add(key);
            }
        })).ToArray();
        await TestStore.UntilAsync(() => CountOf(acknowledged) > 200);
        lock (acknowledged) atCrash.AddRange(acknowledged);
        var crash = store.CrashAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await crash;

        await store.OpenAsync();
        foreach (var key in atCrash) (await store.GetAsync(key)).ShouldBe(key);
    }

    private static int CountOf(List<string> shared)
    {
        lock (shared) return shared.Count;
    }

    [Fact]
    public async Task Counters_equal_a_recount_after_a_crash()
    {
        await using var store = new TestStore(drives: 3);
        await store.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                using var transaction = store.Store.Begin();
                transaction.Put(TestStore.Bytes($"cKey{worker * 40 + i:d6}"), TestStore.Bytes($"value {worker * 40 + i}"));
                transaction.Add(TestStore.Bytes("sCount"), 1);
                await transaction.CommitAsync();
            }
        })));
        await store.CrashAsync();
        await store.OpenAsync();
        await store.ShouldHaveAsync(320);
        using var snapshot = store.Store.Snapshot();
        BinaryPrimitives.ReadInt64LittleEndian((await snapshot.GetAsync(TestStore.Bytes("sCount")))!.Value.Span).ShouldBe(320);
    }

    [Fact]
    public async Task Sessions_grow_with_every_open_and_survive_crashes()
    {
        await using var store = new TestStore(drives: 3);
        var last = 0u;
        for (var i = 0; i < 4; i++)
        {
            var session = (await store.OpenAsync()).SessionNumber;
            session.ShouldBeGreaterThan(last);
            last = session;
            if (i % 2 == 0) await store.CrashAsync();
            else await store.CloseAsync();
        }
    }

    [Fact]
    public async Task A_deleted_database_is_rebuilt_from_the_journal()
    {
        await using var store = new TestStore(drives: 1);
        store.Options = store.Options with { Parity = 0 };
        await store.OpenAsync();
        await store.PutManyAsync(0, 100);
        await store.CloseAsync();
        Directory.Delete(Path.Combine(store.Drives[0].Directory, "meta"), recursive: true);
        await store.OpenAsync();
        await store.ShouldHaveAsync(100);
    }

    [Fact]
    public async Task A_damaged_database_is_rebuilt_from_the_journal()
    {
        await using var store = new TestStore(drives: 1);
        store.Options = store.Options with { Parity = 0 };
        await store.OpenAsync();
        await store.PutManyAsync(0, 100);
        await store.CloseAsync();
        var current = Path.Combine(store.Drives[0].Directory, "meta", "CURRENT");
        await File.WriteAllTextAsync(current, "garbage\n");
        await store.OpenAsync();
        await store.ShouldHaveAsync(100);
    }

    [Fact]
    public async Task A_deleted_database_whose_journal_is_no_longer_whole_is_copied_from_another_mirror()
    {
        await using var store = new TestStore(drives: 3);
        store.Options = store.Options with { FlushIntervalBytes = 256 << 10, KeepJournalFiles = 0 };
        await store.OpenAsync();
        await WriteBigAsync(store, 400);
        await store.CloseAsync();
        Directory.Delete(Path.Combine(store.Drives[0].Directory, "meta"), recursive: true);

        var rejoin = HoldRejoin(store, of: 0);
        await store.OpenAsync();
        await CheckBigAsync(store, 400);
        store.Mirrors().ShouldNotContain(0);
        rejoin.SetResult();
        await store.WaitForAsync(health => health.State == EmbeddedState.Healthy);
        store.Mirrors().ShouldContain(0);
        await store.CloseAsync();

        await store.OpenAsync(absent: [1, 2]).ShouldThrowAsync<KvException>();
        store.Options = store.Options with { AllowUnprovenMembership = true };
        await store.OpenAsync(absent: [1, 2]);
        await CheckBigAsync(store, 400);
    }

    [Fact]
    public async Task Journal_files_go_when_the_database_has_their_records()
    {
        await using var store = new TestStore(drives: 3);
        store.Options = store.Options with { FlushIntervalBytes = 1 << 20, KeepJournalFiles = 2 };
        await store.OpenAsync();
        await WriteBigAsync(store, 800);
        await store.CloseAsync();
        foreach (var drive in store.Drives)
            TestStore.JournalFiles(drive).Sum(file => new FileInfo(file).Length).ShouldBeLessThan(10 << 20);
        await store.CrashAsync();
        await store.OpenAsync();
        await CheckBigAsync(store, 800);
    }

    [Fact]
    public async Task A_mirror_that_lags_behind_reads_its_journal_again()
    {
        await using var store = new TestStore(drives: 3);
        store.Options = store.Options with { ApplyQueueBytes = 40_000 };
        await store.OpenAsync();
        await WriteBigAsync(store, 300);
        await store.CloseAsync();
        foreach (var survivor in (int[])[1, 2])
        {
            store.Options = store.Options with { AllowUnprovenMembership = true, ReplaceLostMirrors = false };
            await store.OpenAsync([.. Enumerable.Range(0, 3).Where(i => i != survivor)]);
            await CheckBigAsync(store, 300);
            await store.CloseAsync();
            break;
        }
    }

    /// <summary>A mirror that was left out of the membership is taken in again only when the result is set.</summary>
    private static TaskCompletionSource HoldRejoin(TestStore store, int of)
    {
        store.Options = store.Options with { MembershipDeadline = TimeSpan.FromMinutes(2) };
        var rejoin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isFenced = false;
        store.Drives.First(drive => drive != store.Drives[of]).HoldMembership = record =>
        {
            var isMember = Membership.Decode(record).Has(store.Drives[of].Id);
            isFenced |= !isMember;
            return isFenced && isMember ? rejoin.Task : Task.CompletedTask;
        };
        return rejoin;
    }

    internal static async Task WriteBigAsync(TestStore store, int count)
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < count; i += 8)
            {
                using var transaction = store.Store.Begin();
                var value = new byte[16 << 10];
                new Random(i).NextBytes(value);
                transaction.Put(TestStore.Bytes($"dBig{i:d6}"), value);
                await transaction.CommitAsync();
            }
        })));
    }

    internal static async Task CheckBigAsync(TestStore store, int count)
    {
        using var snapshot = store.Store.Snapshot();
        var expected = new byte[16 << 10];
        for (var i = 0; i < count; i++)
        {
            new Random(i).NextBytes(expected);
            (await snapshot.GetAsync(TestStore.Bytes($"dBig{i:d6}")))!.Value.Span.SequenceEqual(expected).ShouldBeTrue($"row {i}");
        }
    }
}
