using ObjectStore.Storage.Drives;
using ObjectStore.Storage.Tests.Drives;

namespace ObjectStore.Storage.Tests.Reclaim;

public sealed class ReclaimTests : IAsyncLifetime
{
    private const int Block = ShardLayout.BlockSizeBytes;
    private const long Budget = 1L << 30;
    private TestDrive _test = null!;

    private Drive Drive => _test.Drive;

    public async Task InitializeAsync() => _test = await TestDrive.OpenAsync(TestDrive.Options with { LogFileBytes = 1 << 20 });

    public async Task DisposeAsync() => await _test.DisposeAsync();

    [Fact]
    public async Task Deleted_extents_are_punched_and_their_neighbours_stay()
    {
        for (var n = 0; n < 12; n++) await Drive.WriteAsync(n, 8 * Block + n);
        for (var n = 0; n < 12; n += 2) await Drive.DeleteAsync(Shards.Blob(n), 0, default);
        var before = _test.AllocatedBytes("bulk");

        await Drive.ReclaimOnceAsync(0, default);

        _test.AllocatedBytes("bulk").ShouldBeLessThan(before - 6 * 8 * Block);
        for (var n = 1; n < 12; n += 2) await Drive.ShouldHoldAsync(n, 8 * Block + n);
    }

    [Fact]
    public async Task Files_with_nothing_live_are_unlinked()
    {
        for (var n = 0; n < 40; n++) await Drive.WriteAsync(n, n % 4 == 0 ? 10 * Block : 2 * Block);
        await Drive.SealFilesAsync(default);
        var files = (_test.Files("log"), _test.Files("bulk"));
        for (var n = 0; n < 40; n++) await Drive.DeleteAsync(Shards.Blob(n), 0, default);

        await Drive.ReclaimOnceAsync(0, default);

        _test.Files("bulk").ShouldBeEmpty();
        _test.Files("log").Intersect(files.Item1).Count().ShouldBeLessThan(files.Item1.Length);
        await Drive.WriteAsync(100, 10 * Block);
        await _test.ReopenAsync();
        (await Drive.ListAsync()).Count.ShouldBe(1);
        await Drive.ShouldHoldAsync(100, 10 * Block);
    }

    [Fact]
    public async Task Sparse_files_are_copied_forward_and_then_unlinked()
    {
        for (var n = 0; n < 120; n++) await Drive.WriteAsync(n, n % 10 == 0 ? 10 * Block : Block);
        await Drive.SealFilesAsync(default);
        var old = _test.Files("log").Concat(_test.Files("bulk")).ToHashSet();
        for (var n = 0; n < 120; n++)
            if (n % 40 != 0 && n % 17 != 0) await Drive.DeleteAsync(Shards.Blob(n), 0, default);
        var kept = Enumerable.Range(0, 120).Where(n => n % 40 == 0 || n % 17 == 0).ToList();

        await Drive.ReclaimOnceAsync(Budget, default);
        await Drive.ReclaimOnceAsync(Budget, default);

        _test.Files("log").Count(old.Contains).ShouldBeLessThanOrEqualTo(1);
        foreach (var n in kept) await Drive.ShouldHoldAsync(n, n % 10 == 0 ? 10 * Block : Block);
        await _test.ReopenAsync();
        (await Drive.ListAsync()).Select(i => (int)i.Blob.Content).ShouldBe(kept);
        foreach (var n in kept) await Drive.ShouldHoldAsync(n, n % 10 == 0 ? 10 * Block : Block);
        System.IO.Directory.Delete(Path.Combine(_test.Directory, "index"), recursive: true);
    }

    [Fact]
    public async Task Commit_records_of_live_extents_are_carried_along()
    {
        await Drive.WriteAsync(1, 10 * Block);
        for (var n = 2; n < 30; n++) await Drive.WriteAsync(n, 2 * Block);
        await Drive.SealFilesAsync(default);
        var bulk = _test.Files("bulk");
        for (var n = 2; n < 30; n++) await Drive.DeleteAsync(Shards.Blob(n), 0, default);
        var log = _test.Files("log");

        for (var turn = 0; turn < 3; turn++) await Drive.ReclaimOnceAsync(Budget, default);
        _test.Files("log").Intersect(log).Count().ShouldBeLessThanOrEqualTo(1);
        await Drive.DisposeAsync();
        System.IO.Directory.Delete(Path.Combine(_test.Directory, "index"), recursive: true);
        await _test.StartAsync();

        await Drive.ShouldHoldAsync(1, 10 * Block);
        bulk.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Readers_go_on_while_what_they_read_is_copied_forward()
    {
        var kept = Enumerable.Range(0, 80).Where(n => n % 8 == 0).ToList();
        for (var n = 0; n < 80; n++) await Drive.WriteAsync(n, n % 16 == 0 ? 10 * Block + 1 : 3 * Block);
        await Drive.SealFilesAsync(default);
        var readers = new List<IShardReader>();
        foreach (var n in kept) readers.Add((await Drive.OpenAsync(Shards.Blob(n), 0, default))!);
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                foreach (var n in kept) await Drive.ShouldHoldAsync(n, n % 16 == 0 ? 10 * Block + 1 : 3 * Block);
        });

        for (var n = 0; n < 80; n++)
            if (n % 8 != 0) await Drive.DeleteAsync(Shards.Blob(n), 0, default);
        for (var turn = 0; turn < 4; turn++) await Drive.ReclaimOnceAsync(Budget, default);

        await stop.CancelAsync();
        await reading;
        foreach (var reader in readers)
        {
            var (result, bytes) = await Shards.ReadAsync(reader);
            result.Status.ShouldBe(ShardReadStatus.Ok);
            Shards.ShouldBeSame(bytes, Shards.Bytes(reader.Info.Blob, 0, (int)reader.Info.LengthBytes), reader.Info.ToString());
            reader.Dispose();
        }
    }

    [Fact]
    public async Task A_shard_deleted_while_it_is_copied_stays_deleted()
    {
        for (var n = 0; n < 40; n++) await Drive.WriteAsync(n, 2 * Block);
        await Drive.SealFilesAsync(default);
        for (var n = 0; n < 40; n++)
            if (n % 4 != 0) await Drive.DeleteAsync(Shards.Blob(n), 0, default);

        var reclaim = Drive.ReclaimOnceAsync(Budget, default);
        for (var n = 0; n < 40; n += 8) await Drive.DeleteAsync(Shards.Blob(n), 0, default);
        await reclaim;
        await Drive.ReclaimOnceAsync(Budget, default);

        (await Drive.ListAsync()).Select(i => (int)i.Blob.Content).ShouldBe(Enumerable.Range(0, 40).Where(n => n % 8 == 4));
    }

    [Fact]
    public async Task A_damaged_record_keeps_its_file_until_repair_has_replaced_it()
    {
        for (var n = 0; n < 20; n++) await Drive.WriteAsync(n, 3 * Block);
        await Drive.SealFilesAsync(default);
        for (var n = 1; n < 20; n++) await Drive.DeleteAsync(Shards.Blob(n), 0, default);
        var bytes = Shards.Bytes(Shards.Blob(0), 0, 3 * Block);
        var file = _test.Files("log").Single(f => TestFiles.IndexOf(f, bytes) >= 0);
        TestFiles.Flip(file, TestFiles.IndexOf(file, bytes) + Block + 3);

        for (var turn = 0; turn < 3; turn++) await Drive.ReclaimOnceAsync(Budget, default);

        _test.Files("log").ShouldContain(file);
        using (var reader = (await Drive.OpenAsync(Shards.Blob(0), 0, default))!)
            (await Shards.ReadAsync(reader)).Result.ShouldBe(new ShardReadResult(ShardReadStatus.Corrupt, 1));
        await Drive.WriteAsync(0, 3 * Block);
        for (var turn = 0; turn < 3; turn++) await Drive.ReclaimOnceAsync(Budget, default);
        _test.Files("log").ShouldNotContain(file);
        await Drive.ShouldHoldAsync(0, 3 * Block);
    }
}
