using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;
using ObjectStore.TestKit;

namespace ObjectStore.Erasure.Tests.Stripes;

public sealed class WriteFaultTests
{
    private static readonly Scheme FourPlusTwo = new(4, 2);

    public static TheoryData<int, int, int> Faults()
    {
        var data = new TheoryData<int, int, int>();
        foreach (var (k, m) in new[] { (1, 0), (1, 2), (2, 2), (4, 2), (8, 3) })
            for (var faults = 0; faults <= m + 1; faults++)
                data.Add(k, m, faults);
        return data;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_blob_counts_from_the_write_quorum_on_and_below_it_nothing_is_left(int k, int m, int faults)
    {
        foreach (var operation in new[] { DriveOperation.Write, DriveOperation.Commit })
        {
            await using var fixture = new StoreFixture(k + m);
            foreach (var drive in fixture.Drives.Take(faults))
                drive.FailOn(operation);
            var data = StoreFixture.Data(3_000_000);
            if (k + m - faults >= Math.Min(k + m, k + Math.Max(1, (m + 1) / 2)))
            {
                var blob = await fixture.WriteAsync(data, new Scheme(k, m));
                blob.Missing.Length.ShouldBe(faults);
                blob.Missing.ShouldAllBe(shard => fixture.Drives.IndexOf(fixture.DriveOf(blob, shard)) < faults);
                (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
                fixture.Findings.All.ShouldBeEmpty();
            }
            else
            {
                var fault = await Should.ThrowAsync<BlobStoreException>(() => fixture.WriteAsync(data, new Scheme(k, m)));
                fault.Fault.ShouldBe(BlobStoreFault.TooFewDrives);
                await fixture.ShouldBeTidyAsync();
                fixture.Drives.Sum(drive => drive.ShardCount).ShouldBe(0);
            }
        }
    }

    [Theory]
    [InlineData(DriveOperation.Write)]
    [InlineData(DriveOperation.Commit)]
    public async Task A_hanging_drive_is_left_out_and_its_shard_is_missing(DriveOperation operation)
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty);
        fixture.Drives[3].HangOn(operation);
        var data = StoreFixture.Data(9_000_000);
        var blob = await fixture.WriteAsync(data, FourPlusTwo);
        blob.Missing.Length.ShouldBe(1);
        blob.Drives[blob.Missing[0]].ShouldBe(fixture.Drives[3].Id);
        fixture.Set.GetStatus().Single(drive => drive.Id == fixture.Drives[3].Id).IsUsable.ShouldBeFalse();

        // The pool is used on while the hanging write still reads its piece.
        for (var i = 0; i < 3; i++)
            await fixture.WriteAsync(StoreFixture.Data(9_000_000, i), FourPlusTwo);
        fixture.Drives[3].EndHang();
        await fixture.ShouldBeTidyAsync();
        fixture.Set.UsableCount.ShouldBe(6);
        (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public async Task A_hanging_write_pins_its_buffer_and_memory_stays_bounded()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty);
        var group = 6 * 4 * ShardLayout.BlockSizeBytes;
        fixture.Drives[0].HangOn(DriveOperation.Write);
        await using (var writer = await fixture.Store.CreateAsync(fixture.NextId(), FourPlusTwo, null, default))
        {
            await StoreFixture.FillAsync(writer, StoreFixture.Data(20_000_000));
            fixture.Store.QuarantinedBytes.ShouldBe(group);
            fixture.Pool.PeakBytes.ShouldBeLessThanOrEqualTo(3 * group);
            (await writer.CommitAsync(default, default)).Missing.Length.ShouldBe(1);
        }

        fixture.Pool.OutstandingBytes.ShouldBe(group);
        fixture.Drives[0].EndHang();
    }

    [Fact]
    public async Task No_blob_begins_while_hanging_drives_hold_too_many_buffers()
    {
        await using var fixture = new StoreFixture(7, StoreFixture.Hasty with { MaxQuarantinedBytes = 1 });
        foreach (var drive in fixture.Drives)
            drive.HangOn(DriveOperation.None);
        fixture.Drives[0].HangOn(DriveOperation.Write);
        for (var i = 0; i < 20 && fixture.Store.QuarantinedBytes == 0; i++)
            await fixture.WriteAsync(StoreFixture.Data(2_000_000), FourPlusTwo);
        fixture.Store.QuarantinedBytes.ShouldBeGreaterThan(0);
        (await Should.ThrowAsync<BlobStoreException>(() => fixture.WriteAsync(new byte[10], FourPlusTwo))).Fault.ShouldBe(BlobStoreFault.TooFewDrives);
        fixture.Drives[0].EndHang();
        await fixture.ShouldBeTidyAsync();
        (await fixture.WriteAsync(new byte[10], FourPlusTwo)).Missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task Too_many_hanging_drives_fail_the_write_in_time_and_their_late_shards_are_removed()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty);
        foreach (var drive in fixture.Drives.Take(2))
            drive.HangOn(DriveOperation.Commit);
        var write = fixture.WriteAsync(StoreFixture.Data(100_000), FourPlusTwo);
        (await Should.ThrowAsync<BlobStoreException>(() => write.WaitAsync(TimeSpan.FromSeconds(60)))).Fault.ShouldBe(BlobStoreFault.TooFewDrives);
        foreach (var drive in fixture.Drives)
            drive.EndHang();
        await fixture.ShouldBeTidyAsync();
        fixture.Drives.Sum(drive => drive.ShardCount).ShouldBe(0);
    }

    [Fact]
    public async Task When_all_drives_are_slow_none_is_left_out()
    {
        var time = new FakeTime();
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty, time: time);
        foreach (var drive in fixture.Drives)
            drive.SlowOn(DriveOperation.Commit, 0.9 * fixture.Options.WriteTimeout, time);
        var start = time.GetUtcNow();
        var write = fixture.WriteAsync(StoreFixture.Data(100_000), FourPlusTwo);
        await fixture.WhenAsync(() => time.ArmedTimers == 6 + 1);
        time.Advance(2 * fixture.Options.WriteDeadline);
        // The writer has given up the deadline and waits for the timeout.
        await fixture.WhenAsync(() => time.IsArmedFor(start + fixture.Options.WriteTimeout));
        write.IsCompleted.ShouldBeFalse();
        // To the moment when the drives end, and not beyond: the timeout itself would race with their answers.
        time.Advance(0.9 * fixture.Options.WriteTimeout - 2 * fixture.Options.WriteDeadline);
        (await write).Missing.ShouldBeEmpty();
    }

    /// <summary>The deadline is over, so whoever ends makes the writer judge all the others anew, while they end as well.</summary>
    [Fact]
    public async Task Slow_drives_that_end_in_the_same_moment_all_count()
    {
        var time = new FakeTime();
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty, time: time);
        for (var i = 0; i < 50; i++)
        {
            foreach (var drive in fixture.Drives)
                drive.HangOn(DriveOperation.Commit);
            var write = fixture.WriteAsync(new byte[10], FourPlusTwo);
            await fixture.WhenAsync(() => time.ArmedTimers == 1);
            time.Advance(fixture.Options.WriteDeadline);
            foreach (var drive in fixture.Drives.Take(5))
                drive.EndHang();
            // The sixth has as long again.
            await fixture.WhenAsync(() => write.IsCompleted || fixture.Drives.Sum(drive => drive.ShardCount) == 6 * i + 5);
            fixture.Drives[5].EndHang();
            (await write).Missing.ShouldBeEmpty($"round {i}");
        }
    }

    [Fact]
    public async Task A_drive_that_is_only_a_little_late_is_waited_for()
    {
        var time = new FakeTime();
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty, time: time);
        fixture.Drives[2].SlowOn(DriveOperation.Commit, 0.9 * fixture.Options.WriteDeadline, time);
        var write = fixture.WriteAsync(StoreFixture.Data(3_000_000), FourPlusTwo);
        await fixture.WhenAsync(() => time.ArmedTimers == 1 + 1);
        write.IsCompleted.ShouldBeFalse();
        time.Advance(0.9 * fixture.Options.WriteDeadline);
        (await write).Missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_drive_that_takes_over_twice_as_long_as_the_quorum_is_left_out()
    {
        var time = new FakeTime();
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty, time: time);
        var deadline = fixture.Options.WriteDeadline;
        foreach (var drive in fixture.Drives)
            drive.SlowOn(DriveOperation.Commit, deadline, time);
        fixture.Drives[5].SlowOn(DriveOperation.Commit, 3 * deadline, time);
        var start = time.GetUtcNow();
        var write = fixture.WriteAsync(StoreFixture.Data(100_000), FourPlusTwo);
        await fixture.WhenAsync(() => time.ArmedTimers == 6 + 1);
        time.Advance(deadline);
        // Five have ended; the writer waits for the sixth until twice their time.
        await fixture.WhenAsync(() => time.IsArmedFor(start + 2 * deadline));
        write.IsCompleted.ShouldBeFalse();
        time.Advance(deadline);
        var blob = await write;
        blob.Missing.Length.ShouldBe(1);
        blob.Drives[blob.Missing[0]].ShouldBe(fixture.Drives[5].Id);
        time.Advance(deadline);
        await fixture.ShouldBeTidyAsync();
    }

    [Theory]
    [InlineData(6, 4, 2)]
    [InlineData(5, 3, 2)]
    [InlineData(4, 2, 2)]
    [InlineData(3, 1, 2)]
    [InlineData(2, 1, 1)]
    [InlineData(1, 1, 0)]
    public async Task Fewer_drives_give_a_narrower_scheme_and_say_so(int usable, int k, int m)
    {
        await using var fixture = new StoreFixture(6);
        foreach (var drive in fixture.Drives.Skip(usable))
            drive.Latch("test");
        var data = StoreFixture.Data(70_000_000);
        var blobs = new List<BlobLayout>();
        for (var rest = data.AsMemory(); rest.Length > 0;)
        {
            await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), FourPlusTwo, rest.Length, default);
            writer.IsDegraded.ShouldBe(usable < 6);
            var count = (int)writer.RemainingBytes;
            await StoreFixture.FillAsync(writer, rest[..count]);
            blobs.Add(await writer.CommitAsync(default, default));
            rest = rest[count..];
        }

        var read = new MemoryStream();
        foreach (var blob in blobs)
        {
            blob.Scheme.ShouldBe(new Scheme(k, m));
            read.Write(await fixture.ReadAsync(blob));
        }

        read.GetBuffer().AsSpan(0, (int)read.Length).SequenceEqual(data).ShouldBeTrue();
    }

    [Fact]
    public async Task No_usable_drive_is_too_few()
    {
        await using var fixture = new StoreFixture(0);
        (await Should.ThrowAsync<BlobStoreException>(() => fixture.WriteAsync(new byte[10], FourPlusTwo))).Fault.ShouldBe(BlobStoreFault.TooFewDrives);
    }

    [Fact]
    public async Task Full_drives_are_no_space_rather_than_less_redundancy()
    {
        await using var fixture = new StoreFixture(6);
        foreach (var drive in fixture.Drives.Take(3))
            drive.SetAvailable(0);
        (await fixture.WriteAsync(StoreFixture.Data(50_000), FourPlusTwo)).Scheme.ShouldBe(new Scheme(1, 2));
        fixture.Drives[3].SetAvailable(0);
        (await Should.ThrowAsync<BlobStoreException>(() => fixture.WriteAsync(StoreFixture.Data(50_000), FourPlusTwo))).Fault.ShouldBe(BlobStoreFault.NoSpace);
    }

    [Fact]
    public async Task A_drive_that_refuses_a_shard_is_replaced_by_another()
    {
        await using var fixture = new StoreFixture(8);
        fixture.Drives[0].FailOn(DriveOperation.Create);
        fixture.Drives[1].FailOn(DriveOperation.Create);
        for (var i = 0; i < 10; i++)
        {
            var blob = await fixture.WriteAsync(StoreFixture.Data(1000), FourPlusTwo);
            blob.Missing.ShouldBeEmpty();
            blob.Drives.Distinct().Count().ShouldBe(6);
        }
    }

    [Fact]
    public async Task Drives_that_refuse_beyond_the_quorum_fail_the_call_and_leave_nothing()
    {
        await using var fixture = new StoreFixture(6);
        foreach (var drive in fixture.Drives.Take(2))
            drive.FailOn(DriveOperation.Create);
        (await Should.ThrowAsync<BlobStoreException>(() => fixture.WriteAsync(new byte[10], FourPlusTwo))).Fault.ShouldBe(BlobStoreFault.TooFewDrives);
    }

    [Fact]
    public async Task A_writer_that_is_disposed_without_commit_leaves_nothing()
    {
        await using var fixture = new StoreFixture(6);
        foreach (var length in new[] { 0, 100, 5_000_000 })
        {
            await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), FourPlusTwo, null, default);
            await StoreFixture.FillAsync(writer, StoreFixture.Data(length));
        }

        await fixture.ShouldBeTidyAsync();
        fixture.Drives.Sum(drive => drive.ShardCount).ShouldBe(0);
    }

    [Fact]
    public async Task A_cancelled_write_ends_and_gives_everything_back()
    {
        await using var fixture = new StoreFixture(6);
        foreach (var drive in fixture.Drives)
            drive.SlowOn(DriveOperation.Write, TimeSpan.FromSeconds(60));
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(
            () => fixture.WriteAsync(StoreFixture.Data(9_000_000), FourPlusTwo, ct: cancellation.Token).WaitAsync(TimeSpan.FromSeconds(60)));
        await fixture.ShouldBeTidyAsync();
        fixture.Drives.Sum(drive => drive.ShardCount).ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_more_is_taken_after_a_failure()
    {
        await using var fixture = new StoreFixture(6);
        await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), FourPlusTwo, null, default);
        foreach (var drive in fixture.Drives)
            drive.FailOn(DriveOperation.Write);
        await Should.ThrowAsync<BlobStoreException>(() => StoreFixture.FillAsync(writer, StoreFixture.Data(9_000_000)));
        Should.Throw<InvalidOperationException>(() => writer.GetMemory());
        await Should.ThrowAsync<InvalidOperationException>(async () => await writer.CommitAsync(default, default));
    }

    [Fact]
    public async Task Many_writers_and_readers_share_a_pool_that_holds_few_of_them()
    {
        const int group = 6 * 4 * ShardLayout.BlockSizeBytes;
        await using var fixture = new StoreFixture(6, poolBytes: 3 * group);
        var work = Enumerable.Range(0, 12).Select(i => Task.Run(async () =>
        {
            var data = StoreFixture.Data(4_000_000 + i, i);
            BlobLayout blob;
            await using (var writer = await fixture.Store.CreateAsync(new BlobId(8, (ulong)i, 0), FourPlusTwo, i % 2 == 0 ? data.Length : null, default))
            {
                await StoreFixture.FillAsync(writer, data, 100_000);
                blob = await writer.CommitAsync(default, default);
            }

            fixture.DriveOf(blob, i % 6).Lose(blob.Id, i % 6);
            (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
        }));
        await Task.WhenAll(work).WaitAsync(TimeSpan.FromSeconds(60));
        fixture.Pool.PeakBytes.ShouldBeLessThanOrEqualTo(3 * group);
    }
}
