using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;
using ObjectStore.TestKit;
using static ObjectStore.Storage.Tests.Log.Harness;

namespace ObjectStore.Storage.Tests.Log;

public sealed class LogDamageTests
{
    [Theory]
    [InlineData(5, LogDamageKind.Header)]
    [InlineData(90, LogDamageKind.Payload)]
    public async Task Damage_in_the_middle_is_reported_and_what_follows_is_replayed(int offsetInRecord, LogDamageKind kind)
    {
        var (harness, entries) = await WriteAsync(10, closed: false);
        harness.Files.FlipBit(PathOf(1), entries[4].Position.Offset + offsetInRecord);

        var collected = harness.Scan();
        var damage = collected.Damages.ShouldHaveSingleItem();
        damage.Kind.ShouldBe(kind);
        damage.Position.ShouldBe(entries[4].Position);
        (damage.FirstLsn, damage.LastLsn).ShouldBe((5, 5));
        collected.Records.Select(record => record.Entry.Lsn).ShouldBe([1L, 2, 3, 4, 6, 7, 8, 9, 10]);

        // Opening does not make it go away either.
        await using (var log = harness.Open()) await Append(log, [1]);
        harness.Scan().Damages.ShouldHaveSingleItem().ShouldBe(damage);
    }

    [Fact]
    public async Task Damage_to_the_last_group_of_a_sealed_file_is_damage()
    {
        var (harness, entries) = await WriteAsync(10, closed: true);
        harness.Files.FlipBit(PathOf(1), entries[^1].PayloadOffset);
        var damage = harness.Scan().Damages.ShouldHaveSingleItem();
        (damage.Kind, damage.FirstLsn, damage.LastLsn).ShouldBe((LogDamageKind.Payload, 10, 10));
    }

    [Fact]
    public async Task Damage_to_what_a_crash_left_is_damage_once_it_was_seen()
    {
        var (harness, entries) = await WriteAsync(10, closed: false);
        await using (harness.Open()) { }
        harness.Files.FlipBit(PathOf(1), entries[^1].PayloadOffset);
        harness.Scan().Damages.ShouldHaveSingleItem().LastLsn.ShouldBe(10);
    }

    [Fact]
    public async Task A_whole_group_that_turned_to_zeros_is_damage()
    {
        var (harness, entries) = await WriteAsync(10, closed: false);
        var start = IoAlignment.Down(entries[5].Position.Offset);
        harness.Files.Overwrite(PathOf(1), start, new byte[IoAlignment.Up(entries[5].After.Next.Offset) - start]);
        var damage = harness.Scan().Damages.ShouldHaveSingleItem();
        (damage.FirstLsn, damage.LastLsn).ShouldBe((6, 6));
    }

    [Fact]
    public async Task A_damaged_file_header_is_reported_and_the_records_are_still_read()
    {
        var (harness, _) = await WriteAsync(10, closed: true);
        harness.Files.FlipBit(PathOf(1), 33);
        var collected = harness.Scan();
        collected.Damages.ShouldHaveSingleItem().Kind.ShouldBe(LogDamageKind.FileHeader);
        collected.Records.Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_missing_file_is_reported()
    {
        var (harness, _) = await WriteAsync(10, closed: true);
        await using (var log = harness.Open()) await Append(log, Payload(10));
        await using (var log = harness.Open()) await Append(log, Payload(11));
        harness.Files.DeleteFile(harness.Files.List(Harness.Directory).Select(entry => $"{Harness.Directory}/{entry.Name}").Where(name => name.EndsWith(".log", StringComparison.Ordinal)).ElementAt(1));
        var damage = harness.Scan().Damages.ShouldHaveSingleItem();
        (damage.Kind, damage.FirstLsn, damage.LastLsn).ShouldBe((LogDamageKind.Missing, 11, 11));
    }

    [Fact]
    public async Task A_log_that_lost_what_its_owner_had_applied_says_so_and_takes_no_lsn_twice()
    {
        var (harness, entries) = await WriteAsync(10, closed: true);
        await using (var log = harness.Open()) entries.Add(await Append(log, Payload(10)));
        harness.Files.DeleteFile(PathOf(entries[^1].Position.FileNumber));
        var collected = new Collected();
        await using var again = harness.Open(collected, entries[^1].After);
        collected.Damages.ShouldHaveSingleItem().Kind.ShouldBe(LogDamageKind.Missing);
        var next = await Append(again, Payload(11));
        next.Lsn.ShouldBe(12);
        next.Position.ShouldBeGreaterThan(entries[^1].Position);
    }

    [Fact]
    public async Task Unreadable_pages_are_damage()
    {
        var (harness, entries) = await WriteAsync(10, closed: true);
        var page = IoAlignment.Down(entries[4].PayloadOffset);
        using var rule = harness.Files.Inject(new FaultRule(FaultyOperation.Read, path => path == PathOf(1)) { Range = (page, IoAlignment.Bytes) });
        var collected = harness.Scan();
        collected.Damages.ShouldNotBeEmpty();
        collected.Damages.Max(damage => damage.LastLsn).ShouldBeLessThanOrEqualTo(6);
        collected.Records.Select(record => record.Entry.Lsn).ShouldContain(10L);
    }

    [Fact]
    public async Task Bytes_of_a_record_in_a_payload_are_no_record()
    {
        var harness = new Harness();
        var log = harness.Open();
        var first = await Append(log, Payload(0, 6000));
        // A client reads the disk and sends back what it saw, at every alignment, then the file is damaged before it.
        var stolen = harness.Files.Snapshot(PathOf(1)).AsSpan(0, 8192).ToArray();
        var second = await Append(log, [.. new byte[16 - 80 % 16], .. stolen]);
        var third = await Append(log, [.. new byte[4096 - (int)((second.After.Next.Offset + 80) % 4096)], .. stolen]);
        await Append(log, Payload(3));
        await harness.CrashAsync(log);

        harness.Files.FlipBit(PathOf(1), second.Position.Offset);
        harness.Files.FlipBit(PathOf(1), third.Position.Offset);
        var collected = harness.Scan();
        collected.Records.Select(record => record.Entry.Lsn).ShouldBe([1L, 4]);
        collected.Records[0].Entry.ShouldBe(first);
    }

    [Fact]
    public async Task A_file_of_another_owner_is_refused_and_not_touched()
    {
        var (harness, _) = await WriteAsync(3, closed: true);
        var before = harness.Files.Snapshot(PathOf(1));
        Should.Throw<LogException>(() => DurableLog.Open(harness.Files, Harness.Directory, Guid.NewGuid(), harness.Options, default, new Collected()))
            .Fault.ShouldBe(LogFault.Foreign);
        harness.Files.Snapshot(PathOf(1)).ShouldBe(before);
        harness.Files.List(Harness.Directory).Count(entry => entry.Name.EndsWith(".log", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_record_of_another_file_of_the_same_owner_is_no_record()
    {
        // Two logs of one owner write the same; only the nonce tells their records apart.
        var (one, entries) = await WriteAsync(10, closed: false);
        var (other, _) = await WriteAsync(10, closed: false);
        var record = other.Files.Snapshot(PathOf(1)).AsSpan((int)entries[4].Position.Offset, 80 + entries[4].PayloadBytes).ToArray();
        one.Files.Overwrite(PathOf(1), entries[4].Position.Offset, record);
        one.Scan().Damages.ShouldHaveSingleItem().FirstLsn.ShouldBe(5);
    }

    [Fact]
    public async Task A_freed_record_is_passed_over_and_gives_its_space_back()
    {
        var harness = new Harness();
        harness.Options = harness.Options with { InitialFileSizeBytes = 256 * 1024 };
        var log = harness.Open();
        var large = await Append(log, Payload(1, 40_000).Concat(new byte[30_000].Select(_ => (byte)7)).ToArray());
        log.TryFree(large).ShouldBeFalse("a record of the last group could be taken for a torn tail");
        var small = await Append(log, Payload(2));
        await Append(log, Payload(3));
        log.TryFree(large).ShouldBeTrue();
        log.TryFree(small).ShouldBeTrue();
        log.TryRead(large, new byte[large.PayloadBytes]).ShouldBeFalse();
        await harness.CrashAsync(log);

        // The punch may or may not have reached the disk; freed it is passed over, and otherwise it is still whole.
        var state = harness.Scan().Records.Select(record => record.State).ToArray();
        state.Length.ShouldBe(3);
        state[1..].ShouldBe([LogRecordState.Valid, LogRecordState.Valid]);
    }

    [Fact]
    public async Task A_freed_record_is_told_from_damage_after_a_close()
    {
        var harness = new Harness();
        LogEntry large;
        await using (var log = harness.Open())
        {
            large = await Append(log, Enumerable.Repeat((byte)9, 20_000).ToArray());
            await Append(log, Payload(2));
            log.TryFree(large).ShouldBeTrue();
        }
        var collected = harness.Scan();
        collected.Damages.ShouldBeEmpty();
        collected.Records.Select(record => record.State).ShouldBe([LogRecordState.Freed, LogRecordState.Valid]);
        collected.Records[0].Entry.ShouldBe(large);
        collected.Records[0].Payload.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        var (harness, _) = await WriteAsync(1, closed: true);
        var header = harness.Files.Snapshot(PathOf(1)).AsSpan(0, 512).ToArray();
        header[8] = 2;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(508), Storage.Checksums.Crc32C.Compute(header.AsSpan(0, 508)));
        harness.Files.Overwrite(PathOf(1), 0, header);
        Should.Throw<LogException>(() => harness.Scan()).Fault.ShouldBe(LogFault.Foreign);
    }

    /// <summary>One bit anywhere in a log: every record is either read right or reported, and never read wrong.</summary>
    [Theory]
    [InlineData(11)]
    public async Task No_flipped_bit_goes_unnoticed(int seed)
    {
        var random = new Random(seed);
        var (harness, entries) = await WriteAsync(12, closed: true);
        for (var round = 0; round < 150; round++)
        {
            var entry = entries[random.Next(entries.Count)];
            var offset = entry.Position.Offset + random.Next(80 + entry.PayloadBytes);
            var bit = random.Next(8);
            harness.Files.FlipBit(PathOf(1), offset, bit);
            var collected = harness.Scan();
            collected.Damages.Count.ShouldBe(1, $"seed {seed} offset {offset} bit {bit}");
            collected.Damages[0].FirstLsn.ShouldBe(entry.Lsn);
            collected.Records.Count.ShouldBe(11);
            foreach (var record in collected.Records) record.Payload.ShouldBe(Payload((int)record.Entry.Lsn - 1, 6000));
            harness.Files.FlipBit(PathOf(1), offset, bit);
        }
    }

    private static async Task<(Harness Harness, List<LogEntry> Entries)> WriteAsync(int count, bool closed)
    {
        var harness = new Harness();
        harness.Options = harness.Options with { InitialFileSizeBytes = 256 * 1024 };
        var log = harness.Open();
        var entries = new List<LogEntry>();
        for (var i = 0; i < count; i++) entries.Add(await Append(log, Payload(i, 6000)));
        if (closed) await log.DisposeAsync();
        else await harness.CrashAsync(log);
        return (harness, entries);
    }
}
