using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;
using ObjectStore.TestKit;
using static ObjectStore.Storage.Tests.Log.Harness;

namespace ObjectStore.Storage.Tests.Log;

public sealed class LogCrashTests
{
    /// <summary>
    /// The promise of the log. Runs end in crashes at random places; what was acknowledged is there, in order and without
    /// gaps, and what is there beyond is a prefix of what was attempted. No crash may look like damage.
    /// </summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public async Task Every_acknowledged_record_survives_crashes_in_order_without_gaps(int seed, bool direct)
    {
        var random = new Random(seed);
        for (var round = 0; round < 25; round++)
        {
            var harness = new Harness(random.Next());
            harness.Options = harness.Options with { Direct = direct, FileSizeBytes = 64 * 1024, InitialFileSizeBytes = 32 * 1024 };
            var expected = new List<byte[]>();
            var attempted = 0;
            for (var run = 0; run < 4; run++)
            {
                var collected = new Collected();
                await using var log = harness.Open(collected);
                var context = $"seed {seed} round {round} run {run}";
                collected.Damages.ShouldBeEmpty(context);
                var found = collected.Payloads.ToList();
                found.Count.ShouldBeGreaterThanOrEqualTo(expected.Count, context);
                found.Take(expected.Count).ShouldBe(expected, context);
                // What was not acknowledged may be there; it is a prefix of what was tried, as the numbers tell.
                var unacknowledged = found.Skip(expected.Count).Select(payload => BitConverter.ToInt32(payload)).ToList();
                unacknowledged.ShouldBe(unacknowledged.Order().ToList(), context);
                unacknowledged.ShouldAllBe(number => number < attempted, context);
                collected.Records.Select(record => record.Entry.Lsn).ShouldBe(Enumerable.Range(1, found.Count).Select(i => (long)i), context);

                expected = found;
                attempted = await RunUntilCrash(harness, log, random, expected, attempted);
            }
        }
    }

    private static async Task<int> RunUntilCrash(Harness harness, DurableLog log, Random random, List<byte[]> expected, int number)
    {
        // The crash comes between two calls of the appender, wherever that is.
        var crashAt = random.Next(1, 60);
        var calls = 0;
        FaultyFileSystem? image = null;
        var files = harness.Files;
        void Count()
        {
            if (Interlocked.Increment(ref calls) == crashAt) image = files.Crash();
        }
        files.Inject(new FaultRule(FaultyOperation.Write) { ErrorNumber = 0, OnHit = Count });
        files.Inject(new FaultRule(FaultyOperation.Sync) { ErrorNumber = 0, OnHit = Count });
        files.Inject(new FaultRule(FaultyOperation.ChangeName) { ErrorNumber = 0, OnHit = Count });

        var isAlive = true;
        while (isAlive)
        {
            var batch = Enumerable.Range(number, random.Next(1, 6)).Select(i => Payload(i, 6000)).ToArray();
            number += batch.Length;
            var tasks = batch.Select(payload => Append(log, payload).AsTask()).ToArray();
            for (var i = 0; i < tasks.Length; i++)
            {
                try
                {
                    await tasks[i];
                    expected.Add(batch[i]);
                }
                catch (LogException)
                {
                    isAlive = false;
                }
            }
        }
        await log.DisposeAsync();
        harness.Replace(image ?? files.Crash());
        return number;
    }

    /// <summary>Were the sync left out, this crash would lose the record: the model forgets what was not synced.</summary>
    [Fact]
    public async Task An_acknowledged_record_was_synced()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var harness = new Harness(seed);
            var log = harness.Open();
            await Append(log, Payload(1, 6000));
            await harness.CrashAsync(log);
            harness.Scan().Payloads.ShouldBe([Payload(1, 6000)], $"seed {seed}");
        }
    }

    [Fact]
    public async Task Records_that_a_killed_process_left_in_the_page_cache_are_synced_before_they_count()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var harness = new Harness(seed);
            var log = harness.Open();
            await Append(log, Payload(0));
            // The write reaches the cache, the process dies before its sync.
            FaultyFileSystem? killed = null;
            harness.Files.Inject(new FaultRule(FaultyOperation.Sync, path => path.EndsWith(".log", StringComparison.Ordinal)) { ErrorNumber = 0, Times = 1, OnHit = () => killed = harness.Files.Kill() });
            await Should.ThrowAsync<LogException>(async () => await Append(log, Payload(1)));
            await log.DisposeAsync();
            killed.ShouldNotBeNull();
            harness.Replace(killed);

            var found = new Collected();
            var again = harness.Open(found);
            found.Payloads.ShouldBe([Payload(0), Payload(1)]);
            await harness.CrashAsync(again);
            harness.Scan().Payloads.ShouldBe([Payload(0), Payload(1)], $"seed {seed}");
        }
    }

    [Fact]
    public async Task Torn_tail_is_dropped_on_open()
    {
        var torn = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var harness = new Harness(seed);
            var log = harness.Open();
            await Append(log, Payload(0));
            FaultyFileSystem? image = null;
            var files = harness.Files;
            files.Inject(new FaultRule(FaultyOperation.Sync, path => path.EndsWith(".log", StringComparison.Ordinal)) { ErrorNumber = 0, Times = 1, OnHit = () => image = files.Crash() });
            var group = Enumerable.Range(1, 4).Select(i => Append(log, Payload(i, 3000)).AsTask()).ToArray();
            await Should.ThrowAsync<LogException>(() => Task.WhenAll(group));
            await log.DisposeAsync();
            harness.Replace(image!);

            var collected = new Collected();
            await using var again = harness.Open(collected);
            collected.Damages.ShouldBeEmpty($"seed {seed}");
            collected.Records.Count.ShouldBeInRange(1, 5);
            if (collected.Records.Count is > 1 and < 5) torn++;

            // What is appended now takes the LSNs of what was dropped, and the old tail stays dropped for good.
            var count = collected.Records.Count;
            (await Append(again, Payload(100))).Lsn.ShouldBe(count + 1);
            var final = harness.Scan();
            final.Damages.ShouldBeEmpty($"seed {seed}");
            final.Records.Count.ShouldBe(count + 1, $"seed {seed}");
            BitConverter.ToInt32(final.Records[^1].Payload).ShouldBe(100);
        }
        torn.ShouldBeGreaterThan(3);
    }

    [Fact]
    public async Task A_dropped_tail_stays_dropped_when_the_run_after_it_is_deleted()
    {
        var harness = new Harness(5);
        harness.Options = harness.Options with { MayDeleteAnyFile = true };
        var log = harness.Open();
        var kept = await Append(log, Payload(0));
        await harness.CrashAsync(log);
        // What looks like a torn group: a valid later record of the same group behind garbage cannot be made from
        // outside, so garbage alone stands for it.
        harness.Files.Overwrite(PathOf(kept.Position.FileNumber), IoAlignment.Up(kept.After.Next.Offset), [1, 2, 3, 4, 5]);

        await using (var second = harness.Open())
        {
            await Append(second, Payload(1));
            var secondFile = second.Files[^1].Number;
            await second.RollAsync(CancellationToken.None);
            await Append(second, Payload(2));
            second.DeleteFile(secondFile);
        }
        var collected = harness.Scan();
        collected.Damages.ShouldBeEmpty();
        collected.Payloads.ShouldBe([Payload(0), Payload(2)]);
    }
}
