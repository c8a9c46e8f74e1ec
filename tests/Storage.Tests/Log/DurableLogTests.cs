using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;
using ObjectStore.TestKit;
using static ObjectStore.Storage.Tests.Log.Harness;

namespace ObjectStore.Storage.Tests.Log;

public sealed class DurableLogTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Records_come_back_in_order_after_a_close(bool direct)
    {
        var harness = new Harness();
        harness.Options = harness.Options with { Direct = direct };
        var entries = new List<LogEntry>();
        await using (var log = harness.Open())
            for (var i = 0; i < 300; i++) entries.Add(await Append(log, Payload(i, 5000)));

        entries.Select(entry => entry.Lsn).ShouldBe(Enumerable.Range(1, 300).Select(i => (long)i));
        entries.Select(entry => entry.Position.FileNumber).Distinct().Count().ShouldBeGreaterThan(2);
        var collected = new Collected();
        await using var again = harness.Open(collected);
        collected.Damages.ShouldBeEmpty();
        collected.Payloads.ShouldBe(Enumerable.Range(0, 300).Select(i => Payload(i, 5000)));
        collected.Records.Select(record => record.Entry).ShouldBe(entries);
        (await Append(again, [1])).Lsn.ShouldBe(301);
    }

    [Fact]
    public async Task Replay_from_a_mark_gives_what_follows_it()
    {
        var harness = new Harness();
        var entries = new List<LogEntry>();
        await using (var log = harness.Open())
            for (var i = 0; i < 400; i++) entries.Add(await Append(log, Payload(i, 3000)));

        foreach (var at in new[] { 0, 1, 57, 200, 398, 399 })
            harness.Scan(entries[at].After).Records.Select(record => record.Entry.Lsn)
                .ShouldBe(Enumerable.Range(at + 2, 399 - at).Select(lsn => (long)lsn), $"after record {at}");
        harness.Scan(entries[^1].After).Damages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_record_of_nine_MiB_in_segments_comes_back(bool direct)
    {
        var harness = new Harness();
        harness.Options = harness.Options with { Direct = direct };
        var random = new Random(3);
        ReadOnlyMemory<byte>[] segments = [new byte[100], new byte[9 << 20], new byte[70_000], new byte[0], new byte[65_536], new byte[17]];
        foreach (var segment in segments) random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsMemory(segment).Span);
        var whole = segments.SelectMany(segment => segment.ToArray()).ToArray();
        await using (var log = harness.Open())
        {
            var entry = await log.AppendAsync(7, segments, null, CancellationToken.None);
            var read = new byte[whole.Length];
            log.TryRead(entry, read).ShouldBeTrue();
            read.AsSpan().SequenceEqual(whole).ShouldBeTrue();
            using var pin = log.Pin(entry.Position.FileNumber)!;
            pin.File.Read(entry.PayloadOffset + 100, read.AsSpan(0, 50)).ShouldBe(50);
            read.AsSpan(0, 50).SequenceEqual(segments[1].Span[..50]).ShouldBeTrue();
        }
        var found = harness.Scan().Records.ShouldHaveSingleItem();
        found.Entry.Kind.ShouldBe((byte)7);
        found.Payload.AsSpan().SequenceEqual(whole).ShouldBeTrue();
    }

    [Fact]
    public async Task Queued_appends_share_one_sync()
    {
        var harness = new Harness();
        await using var log = harness.Open();
        var hold = new ManualResetEventSlim();
        var entered = new ManualResetEventSlim();
        var active = log.Files[^1].Number;
        var groups = log.Statistics.Groups;
        using var rule = harness.Files.Inject(new FaultRule(FaultyOperation.Sync, path => path.EndsWith(".log", StringComparison.Ordinal))
        {
            ErrorNumber = 0, Times = 1,
            OnHit = () =>
            {
                entered.Set();
                hold.Wait();
            },
        });
        var first = Append(log, Payload(0)).AsTask();
        entered.Wait(TimeSpan.FromSeconds(60)).ShouldBeTrue();
        var rest = Enumerable.Range(1, 64).Select(i => Append(log, Payload(i)).AsTask()).ToArray();
        first.IsCompleted.ShouldBeFalse();
        hold.Set();
        await Task.WhenAll(rest);
        (await first).Lsn.ShouldBe(1);
        // A group is one write and one sync. (Syncs in all would also count those of the file that is prepared meanwhile.)
        (log.Statistics.Groups - groups).ShouldBe(2);
        log.Files[^1].Number.ShouldBe(active);
        log.Statistics.Records.ShouldBe(65);
    }

    [Fact]
    public async Task Many_appenders_need_fewer_syncs_than_appends()
    {
        var harness = new Harness { Options = new LogOptions { InitialFileSizeBytes = 8 << 20 } };
        await using var log = harness.Open();
        // A sync lasts until everybody has appended, as a slow disk's would.
        var (busy, waiting) = (64, 0);
        using var slow = harness.Files.Inject(new FaultRule(FaultyOperation.Sync, path => path.EndsWith(".log", StringComparison.Ordinal))
        {
            ErrorNumber = 0,
            OnHit = () => SpinWait.SpinUntil(() => Volatile.Read(ref waiting) >= Volatile.Read(ref busy), TimeSpan.FromSeconds(60)),
        });
        await Task.WhenAll(Enumerable.Range(0, 64).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 8; i++)
            {
                var append = Append(log, Payload(worker * 8 + i));
                Interlocked.Increment(ref waiting);
                await append;
                Interlocked.Decrement(ref waiting);
            }
            Interlocked.Decrement(ref busy);
        })));
        log.Statistics.Records.ShouldBe(512);
        log.Statistics.Groups.ShouldBeLessThan(128);
        harness.Scan().Records.Select(record => BitConverter.ToInt32(record.Payload)).Order().ShouldBe(Enumerable.Range(0, 512));
    }

    [Fact]
    public async Task A_failed_sync_latches_and_is_not_repeated()
    {
        var harness = new Harness();
        await using var log = harness.Open();
        await Append(log, Payload(0));
        using var rule = harness.Files.Inject(new FaultRule(FaultyOperation.Sync, path => path.EndsWith(".log", StringComparison.Ordinal)) { Times = 1 });

        var failure = await Should.ThrowAsync<LogException>(async () => await Append(log, Payload(1)));
        failure.Fault.ShouldBe(LogFault.Io);
        var later = await Should.ThrowAsync<LogException>(async () => await Append(log, Payload(2)));
        later.Fault.ShouldBe(LogFault.Latched);
        log.Latched.ShouldNotBeNull();
        rule.Hits.ShouldBe(1);

        // What the failed sync dropped is not there, and nothing pretends that it is.
        await log.DisposeAsync();
        harness.Scan().Payloads.ShouldBe([Payload(0)]);
    }

    [Fact]
    public async Task A_failed_write_latches()
    {
        var harness = new Harness();
        await using var log = harness.Open();
        using var rule = harness.Files.Inject(new FaultRule(FaultyOperation.Write, path => path.EndsWith("1.log", StringComparison.Ordinal)));
        (await Should.ThrowAsync<LogException>(async () => await Append(log, Payload(1)))).Fault.ShouldBe(LogFault.Io);
        (await Should.ThrowAsync<LogException>(async () => await Append(log, Payload(2)))).Fault.ShouldBe(LogFault.Latched);
    }

    [Fact]
    public async Task Without_room_for_a_new_file_appends_fail_and_work_again_later()
    {
        var harness = new Harness { Options = new LogOptions { FileSizeBytes = 64 * 1024, InitialFileSizeBytes = 64 * 1024 } };
        await using var log = harness.Open();
        await Append(log, Payload(0));
        harness.Files.CapacityBytes = 160 * 1024;
        var written = 1;
        var failure = await Should.ThrowAsync<LogException>(async () =>
        {
            while (true)
            {
                await Append(log, Payload(written));
                written++;
            }
        });
        failure.Fault.ShouldBe(LogFault.NoSpace);
        log.Latched.ShouldBeNull();
        harness.Files.CapacityBytes = long.MaxValue;
        await Append(log, Payload(written++));
        await log.DisposeAsync();
        harness.Scan().Payloads.ShouldBe(Enumerable.Range(0, written).Select(i => Payload(i)));
    }

    [Fact]
    public async Task The_queue_is_bounded_and_those_who_wait_can_give_up()
    {
        var harness = new Harness();
        harness.Options = harness.Options with { MaxQueuedBytes = 10_000 };
        await using var log = harness.Open();
        var hold = new ManualResetEventSlim();
        using var rule = harness.Files.Inject(new FaultRule(FaultyOperation.Sync, path => path.EndsWith(".log", StringComparison.Ordinal)) { ErrorNumber = 0, Times = 1, OnHit = hold.Wait });
        var accepted = Enumerable.Range(0, 4).Select(_ => Append(log, new byte[2400]).AsTask()).ToArray();
        using var cancel = new CancellationTokenSource();
        var givenUp = log.AppendAsync(1, new byte[2401], null, cancel.Token).AsTask();
        var waiting = Append(log, new byte[2402]).AsTask();
        log.Statistics.QueuedBytes.ShouldBeLessThanOrEqualTo(10_000);
        log.Statistics.WaitingAppends.ShouldBe(2);

        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => givenUp);
        hold.Set();
        await Task.WhenAll(accepted);
        (await waiting).Lsn.ShouldBe(5);
        await log.DisposeAsync();
        harness.Scan().Payloads.Select(payload => payload.Length).ShouldBe([2400, 2400, 2400, 2400, 2402]);
    }

    [Fact]
    public async Task The_observer_sees_groups_durable_and_before_anyone_is_told()
    {
        var observer = new RecordingObserver();
        var harness = new Harness();
        harness.Options = harness.Options with { Observer = observer };
        await using var log = harness.Open();
        observer.Files = harness.Files;
        for (var i = 0; i < 5; i++)
        {
            var state = new object();
            var syncs = harness.Files.SyncCount;
            var entry = await log.AppendAsync(1, Payload(i), state, CancellationToken.None);
            observer.Seen[i].Entry.ShouldBe(entry);
            observer.Seen[i].State.ShouldBeSameAs(state);
            observer.SyncsAtCall[i].ShouldBeGreaterThan(syncs);
            observer.Mark.ShouldBe(entry.After);
            log.DurableEnd.ShouldBe(entry.After);
        }
    }

    [Fact]
    public async Task An_observer_that_throws_latches_the_log()
    {
        var harness = new Harness();
        harness.Options = harness.Options with { Observer = new RecordingObserver { Failure = new InvalidOperationException("index") } };
        await using var log = harness.Open();
        (await Should.ThrowAsync<LogException>(async () => await Append(log, Payload(0)))).InnerException!.Message.ShouldBe("index");
        log.Latched.ShouldNotBeNull();
    }

    [Fact]
    public async Task Appends_after_a_close_are_refused()
    {
        var log = new Harness().Open();
        await log.DisposeAsync();
        (await Should.ThrowAsync<LogException>(async () => await Append(log, [1]))).Fault.ShouldBe(LogFault.Closed);
        await log.DisposeAsync();
    }

    [Fact]
    public async Task A_log_is_open_once()
    {
        var harness = new Harness();
        await using var log = harness.Open();
        Should.Throw<LogException>(() => harness.Open()).Fault.ShouldBe(LogFault.Locked);
    }

    [Fact]
    public async Task An_open_never_appends_to_a_file_of_an_earlier_run()
    {
        var harness = new Harness();
        var seen = new HashSet<long>();
        for (var run = 0; run < 4; run++)
        {
            await using var log = harness.Open();
            seen.Add((await Append(log, Payload(run))).Position.FileNumber).ShouldBeTrue();
            if (run % 2 == 0) await harness.CrashAsync();
        }
    }

    [Fact]
    public async Task Sealed_files_are_deleted_and_the_one_in_use_is_not()
    {
        var harness = new Harness();
        harness.Options = harness.Options with { MayDeleteAnyFile = true };
        await using var log = harness.Open();
        var first = await Append(log, Payload(0));
        await log.RollAsync(CancellationToken.None);
        var second = await Append(log, Payload(1));
        await log.RollAsync(CancellationToken.None);
        var third = await Append(log, Payload(2));
        Should.Throw<InvalidOperationException>(() => log.DeleteFile(third.Position.FileNumber));

        using var pin = log.Pin(second.Position.FileNumber)!;
        log.DeleteFile(second.Position.FileNumber);
        log.DeleteFile(second.Position.FileNumber);
        log.Pin(second.Position.FileNumber).ShouldBeNull();
        log.TryRead(second, new byte[1000]).ShouldBeFalse();
        var still = new byte[second.PayloadBytes];
        pin.File.Read(second.PayloadOffset, still).ShouldBe(still.Length);
        still.ShouldBe(Payload(1));
        log.Files.Select(file => file.Number).ShouldBe([first.Position.FileNumber, third.Position.FileNumber]);

        await harness.CrashAsync();
        var collected = harness.Scan();
        collected.Payloads.ShouldBe([Payload(0), Payload(2)]);
        collected.Damages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_live_log_can_be_replayed()
    {
        var harness = new Harness();
        await using (var log = harness.Open())
            for (var i = 0; i < 100; i++) await Append(log, Payload(i, 5000));
        await using var again = harness.Open();
        for (var i = 100; i < 200; i++) await Append(again, Payload(i, 5000));
        var collected = new Collected();
        again.Replay(default, collected).End.ShouldBe(again.DurableEnd);
        collected.Damages.ShouldBeEmpty();
        collected.Payloads.ShouldBe(Enumerable.Range(0, 200).Select(i => Payload(i, 5000)));
    }

    [Fact]
    public async Task The_first_lsn_of_an_empty_log_can_be_chosen()
    {
        var harness = new Harness();
        harness.Options = harness.Options with { FirstLsn = 1000 };
        await using (var log = harness.Open())
        {
            (await Append(log, Payload(0))).Lsn.ShouldBe(1000);
            (await Append(log, Payload(1))).Lsn.ShouldBe(1001);
        }
        harness.Scan().Damages.ShouldBeEmpty();
        await using var again = harness.Open();
        (await Append(again, Payload(2))).Lsn.ShouldBe(1002);
    }

    private sealed class RecordingObserver : ILogObserver
    {
        public List<LogAppended> Seen { get; } = [];

        public List<int> SyncsAtCall { get; } = [];

        public FaultyFileSystem? Files { get; set; }

        public LogMark Mark { get; private set; }

        public Exception? Failure { get; init; }

        public void OnGroupDurable(ReadOnlySpan<LogAppended> records, LogMark mark)
        {
            if (Failure is not null) throw Failure;
            SyncsAtCall.Add(Files!.SyncCount);
            Seen.AddRange(records);
            Mark = mark;
        }
    }
}
