using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Tests.Drives;

public sealed class DriveHealthTests : IAsyncLifetime
{
    private const int Block = ShardLayout.BlockSizeBytes;
    private readonly HookedFileSystem _files = new();
    private TestDrive _test = null!;

    private Drive Drive => _test.Drive;

    public async Task InitializeAsync() => _test = await TestDrive.OpenAsync(fileSystem: _files);

    public async Task DisposeAsync()
    {
        _files.Before = null;
        await _test.DisposeAsync();
    }

    [Theory]
    [InlineData("bulk", FileCall.Write)]
    [InlineData("bulk", FileCall.Sync)]
    [InlineData("log", FileCall.Write)]
    [InlineData("log", FileCall.Sync)]
    public async Task A_failed_write_or_sync_latches_and_is_not_tried_again(string below, FileCall failing)
    {
        await Drive.WriteAsync(1, 6 * Block);
        var failures = 0;
        _files.Before = (call, path) =>
        {
            if (call != failing || !path.Contains($"/{below}/", StringComparison.Ordinal)) return;
            Interlocked.Increment(ref failures);
            throw HookedFileSystem.Eio(path);
        };

        var length = below == "bulk" ? 6 * Block : 100;
        (await Should.ThrowAsync<DriveException>(() => Drive.WriteAsync(2, length))).Fault.ShouldBe(DriveFault.Io);
        var failed = failures;
        (await Should.ThrowAsync<DriveException>(() => Drive.WriteAsync(3, length))).Fault.ShouldBe(DriveFault.Latched);

        failures.ShouldBe(failed);
        Drive.Health.State.ShouldBe(DriveState.Latched);
        Drive.Health.Reason!.ShouldContain("Input/output error");
        (await Should.ThrowAsync<DriveException>(async () => await Drive.OpenAsync(Shards.Blob(1), 0, default))).Fault.ShouldBe(DriveFault.Latched);
        _files.Before = null;
        await _test.ReopenAsync();
        await Drive.ShouldHoldAsync(1, 6 * Block);
        if (await Drive.ReadAsync(Shards.Blob(2), 0) is { } second) second.ShouldBe(Shards.Bytes(Shards.Blob(2), 0, length));
    }

    // After a failed fdatasync the kernel has told one caller and forgotten the pages: the next sync of that file succeeds
    // without them, whoever wrote them.
    [Fact]
    public async Task A_failed_sync_of_a_segment_is_a_failure_for_every_shard_that_is_being_written_to_it()
    {
        Task<IShardWriter> FillAsync(int blob) => Task.Run(async () =>
        {
            var writer = Drive.Create(Shards.Blob(blob), 0, 6 * Block);
            await Shards.FillAsync(writer, Shards.Blob(blob), 0, Shards.Bytes(Shards.Blob(blob), 0, 6 * Block));
            return writer;
        });
        await using var first = await FillAsync(1);
        await using var second = await FillAsync(2);
        var synced = new List<string>();
        _files.Before = (call, path) =>
        {
            if (call != FileCall.Sync || !path.Contains("/bulk/", StringComparison.Ordinal)) return;
            synced.Add(path);
            if (synced.Count == 1) throw FileSystemException.FromErrno(Errno.ENOSPC, "fdatasync", path);
        };

        (await Should.ThrowAsync<DriveException>(async () => await first.CommitAsync(default, default))).Fault.ShouldBe(DriveFault.NoSpace);
        (await Should.ThrowAsync<DriveException>(async () => await second.CommitAsync(default, default))).Fault.ShouldBe(DriveFault.NoSpace);

        await Drive.WriteAsync(3, 6 * Block);
        await Drive.ShouldHoldAsync(3, 6 * Block);
        synced.Count(path => path == synced[0]).ShouldBe(1, "a failed sync is never tried again");
    }

    [Fact]
    public async Task A_bad_sector_fails_its_read_and_many_of_them_latch()
    {
        await Drive.WriteAsync(1, 6 * Block);
        using var reader = (await Drive.OpenAsync(Shards.Blob(1), 0, default))!;
        _files.Cached = false;
        _files.Before = (call, path) =>
        {
            if (call == FileCall.Read && path.Contains("/bulk/", StringComparison.Ordinal)) throw HookedFileSystem.Eio(path);
        };

        for (var i = 1; i < TestDrive.Options.ReadFaultLimit; i++)
        {
            (await Shards.ReadAsync(reader)).Result.Status.ShouldBe(ShardReadStatus.DriveFault);
            Drive.Health.State.ShouldBe(DriveState.Online);
        }
        (await Shards.ReadAsync(reader)).Result.Status.ShouldBe(ShardReadStatus.DriveFault);
        Drive.Health.State.ShouldBe(DriveState.Latched);
    }

    [Fact]
    public async Task A_full_disk_refuses_and_does_not_latch()
    {
        _files.Before = (call, path) =>
        {
            if (call == FileCall.Allocate && path.Contains("/bulk/", StringComparison.Ordinal)) throw FileSystemException.FromErrno(Errno.ENOSPC, "test", path);
        };
        (await Should.ThrowAsync<DriveException>(() => Drive.WriteAsync(1, 6 * Block))).Fault.ShouldBe(DriveFault.NoSpace);
        Drive.Health.State.ShouldBe(DriveState.Online);
        _files.Before = null;
        await Drive.WriteAsync(1, 6 * Block);
        await Drive.ShouldHoldAsync(1, 6 * Block);
    }

    [Fact]
    public async Task A_directory_that_is_moved_away_latches()
    {
        await Drive.WriteAsync(1, 100);
        Directory.Move(_test.Directory, _test.Directory + ".away");
        await Drive.ProbeOnceAsync(default);
        Drive.Health.State.ShouldBe(DriveState.Latched);
        Drive.Health.Reason!.ShouldContain("moved away");
        await Drive.DisposeAsync();

        Directory.Move(_test.Directory + ".away", _test.Directory);
        await _test.StartAsync();
        await Drive.ShouldHoldAsync(1, 100);
    }

    [Fact]
    public async Task Another_drive_in_its_place_latches()
    {
        Directory.Move(_test.Directory, _test.Directory + ".away");
        Drive.Format(_files, _test.Directory, TestDrive.Store);
        await Drive.ProbeOnceAsync(default);
        Drive.Health.Reason!.ShouldContain("another drive");
    }

    [Fact]
    public async Task The_probe_runs_by_itself()
    {
        await _test.ReopenAsync(TestDrive.Options with { ProbeInterval = TimeSpan.FromMilliseconds(20) });
        Directory.Move(_test.Directory, _test.Directory + ".away");
        for (var i = 0; i < 6000 && Drive.Health.State == DriveState.Online; i++) await Task.Delay(10);
        Drive.Health.State.ShouldBe(DriveState.Latched);
    }

    [Fact]
    public async Task A_drive_that_hangs_latches_and_its_readers_can_leave()
    {
        await _test.ReopenAsync(TestDrive.Options with { ProbeInterval = TimeSpan.FromMilliseconds(20), ProbeTimeout = TimeSpan.FromSeconds(2) });
        await Drive.WriteAsync(1, 6 * Block);
        using var reader = (await Drive.OpenAsync(Shards.Blob(1), 0, default))!;
        using var release = new ManualResetEventSlim();
        _files.Cached = false;
        _files.Before = (call, _) =>
        {
            if (call is FileCall.Read or FileCall.Open) release.Wait();
        };
        try
        {
            using var patience = new CancellationTokenSource(50);
            var memory = new byte[Block];
            await Should.ThrowAsync<OperationCanceledException>(async () => await reader.ReadAsync(0, BlockBuffers.Contiguous(memory, 1), patience.Token));
            memory.AsSpan().Fill(0x77); // ours again: the read that hangs must not write here any more

            for (var i = 0; i < 6000 && Drive.Health.State == DriveState.Online; i++) await Task.Delay(10);
            Drive.Health.Reason!.ShouldContain("hangs");
            (await reader.ReadAsync(0, BlockBuffers.Contiguous(new byte[Block], 1), default)).Status.ShouldBe(ShardReadStatus.DriveFault);
            release.Set();
            await Task.Delay(50);
            memory.AsSpan().ContainsAnyExcept((byte)0x77).ShouldBeFalse();
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task A_drive_whose_device_hangs_closes_in_bounded_time_and_opens_only_when_it_is_over()
    {
        await _test.ReopenAsync(TestDrive.Options with { CloseTimeout = TimeSpan.FromMilliseconds(200) });
        using var release = new ManualResetEventSlim();
        using var hangs = new ManualResetEventSlim();
        _files.Before = (call, path) =>
        {
            if (call != FileCall.Sync || !path.Contains("/log/", StringComparison.Ordinal)) return;
            hangs.Set();
            release.Wait();
        };
        var write = Drive.WriteAsync(1, 100);
        try
        {
            hangs.Wait();
            await Drive.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            Drive.Health.Reason!.ShouldContain("hangs");
            await Should.ThrowAsync<DriveException>(() => Storage.Drives.Drive.OpenAsync(
                new ObjectStore.Storage.IO.LinuxFileSystem(), _test.Directory, TestDrive.Store, TestDrive.Options, TimeProvider.System, default));
        }
        finally
        {
            release.Set();
        }
        await write;
        _files.Before = null;
        await Drive.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
        await _test.StartAsync();
        await Drive.ShouldHoldAsync(1, 100);
    }

    [Fact]
    public async Task A_hung_write_of_one_caller_does_not_block_the_pool_and_queued_ones_can_leave()
    {
        using var release = new ManualResetEventSlim();
        _files.Before = (call, path) =>
        {
            if (call == FileCall.Write && path.Contains("/bulk/", StringComparison.Ordinal)) release.Wait();
        };
        var blocked = Enumerable.Range(1, 4).Select(n => Drive.WriteAsync(n, 6 * Block)).ToList();
        using var patience = new CancellationTokenSource(100);
        await using (var late = Drive.Create(Shards.Blob(9), 0, 6 * Block))
        {
            var bytes = Shards.Bytes(Shards.Blob(9), 0, 6 * Block);
            await Should.ThrowAsync<OperationCanceledException>(async () => await late.WriteAsync(bytes, Shards.Checksums(Shards.Blob(9), 0, bytes), patience.Token));
        }
        release.Set();
        await Task.WhenAll(blocked);
        for (var n = 1; n <= 4; n++) await Drive.ShouldHoldAsync(n, 6 * Block);
    }

    [Fact]
    public async Task Read_latency_is_known_after_some_reads_from_the_device()
    {
        await Drive.WriteAsync(1, 6 * Block);
        using var reader = (await Drive.OpenAsync(Shards.Blob(1), 0, default))!;
        _files.Cached = false;
        Drive.ReadLatencyP95.ShouldBe(TimeSpan.Zero);
        for (var i = 0; i < 40; i++) await Shards.ReadAsync(reader);
        Drive.ReadLatencyP95.ShouldBeGreaterThan(TimeSpan.Zero);
    }
}
