using System.Diagnostics;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.Drives;
using Xunit.Abstractions;

namespace ObjectStore.Storage.Tests.Drives;

public sealed class DriveRecoveryTests(ITestOutputHelper output)
{
    private const int Block = ShardLayout.BlockSizeBytes;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_acknowledged_shard_survives_a_kill(int seed)
    {
        var model = new DriveModel(seed);
        var test = await TestDrive.OpenAsync(model.Options);
        try
        {
            for (var life = 0; life < 3; life++)
            {
                await model.RunAsync(test.Drive, steps: 50);
                var image = test.Crash();
                if (seed % 2 == 0 && life == 1) System.IO.Directory.Delete(Path.Combine(image.Directory, "index"), recursive: true);
                await test.DisposeAsync();
                test = image;
                await test.StartAsync(model.Options);
                test.Drive.Damages.ShouldBeEmpty();
                await model.VerifyAsync(test.Drive);
            }
        }
        finally
        {
            await test.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_deleted_index_is_rebuilt_equal()
    {
        await using var test = await TestDrive.OpenAsync();
        for (var n = 0; n < 200; n++) await test.Drive.WriteAsync(n, n % 20 == 0 ? 6 * Block + n : n * 37, shard: n % 6);
        var before = await test.Drive.ListAsync();
        await test.Drive.DisposeAsync();
        System.IO.Directory.Delete(Path.Combine(test.Directory, "index"), recursive: true);

        await test.StartAsync();

        (await test.Drive.ListAsync()).ShouldBe(before);
        for (var n = 0; n < 200; n++) await test.Drive.ShouldHoldAsync(n, n % 20 == 0 ? 6 * Block + n : n * 37, n % 6);
    }

    [Fact]
    public async Task What_comes_back_with_a_rebuilt_index_is_whole_and_what_was_freed_stays_away()
    {
        await using var test = await TestDrive.OpenAsync();
        for (var n = 0; n < 30; n++) await test.Drive.WriteAsync(n, n % 2 == 0 ? 6 * Block : 3 * Block);
        for (var n = 0; n < 20; n++) await test.Drive.DeleteAsync(Shards.Blob(n), 0, default);
        await test.Drive.ReclaimOnceAsync(0, default);
        for (var n = 20; n < 25; n++) await test.Drive.DeleteAsync(Shards.Blob(n), 0, default);
        var image = test.Crash();
        await using var _ = image;
        System.IO.Directory.Delete(Path.Combine(image.Directory, "index"), recursive: true);

        await image.StartAsync();

        image.Drive.Damages.ShouldBeEmpty();
        var listed = (await image.Drive.ListAsync()).Select(i => (int)i.Blob.Content).ToList();
        listed.ShouldBe(Enumerable.Range(20, 10)); // 20 to 24 are orphans, 0 to 19 were freed
        foreach (var n in listed) await image.Drive.ShouldHoldAsync(n, n % 2 == 0 ? 6 * Block : 3 * Block);
    }

    [Fact]
    public async Task An_extent_that_nobody_committed_is_freed_after_a_kill()
    {
        await using var test = await TestDrive.OpenAsync();
        var blob = Shards.Blob(1);
        var writer = test.Drive.Create(blob, 0, null);
        await Shards.FillAsync(writer, blob, 0, Shards.Bytes(blob, 0, 50 * Block));
        await test.Drive.WriteAsync(2, 10 * Block);
        await using var image = test.Crash();
        await writer.DisposeAsync();

        await image.StartAsync();
        await image.Drive.ReclaimOnceAsync(0, default);

        image.AllocatedBytes("bulk").ShouldBeLessThan(11 * Block);
        await image.Drive.ShouldHoldAsync(2, 10 * Block);
        (await image.Drive.OpenAsync(blob, 0, default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_clean_close_leaves_nothing_to_look_for()
    {
        await using var test = await TestDrive.OpenAsync();
        await test.Drive.WriteAsync(1, 10 * Block);
        await test.Drive.WriteAsync(2, 10 * Block);
        await test.Drive.DeleteAsync(Shards.Blob(1), 0, default);
        await test.Drive.DisposeAsync();
        File.Exists(Path.Combine(test.Directory, "clean")).ShouldBeTrue();
        test.AllocatedBytes("bulk").ShouldBeLessThan(11 * Block);

        await test.StartAsync();
        File.Exists(Path.Combine(test.Directory, "clean")).ShouldBeFalse();
        var turns = 0;
        while (await test.Drive.ReclaimOnceAsync(1 << 20, default)) (++turns).ShouldBeLessThan(5);
        await test.Drive.ShouldHoldAsync(2, 10 * Block);
    }

    [Fact]
    public async Task A_drive_is_not_opened_twice()
    {
        await using var test = await TestDrive.OpenAsync();
        (await Should.ThrowAsync<DriveException>(() => Drive.OpenAsync(test.FileSystem, test.Directory, TestDrive.Store, TestDrive.Options, TimeProvider.System, default)))
            .Message.ShouldContain("open in another process");
    }

    [Fact]
    public async Task A_hundred_thousand_small_shards_open_quickly_after_a_kill_as_little_of_the_log_is_read()
    {
        const int count = 100_000;
        var reads = 0;
        var files = new HookedFileSystem
        {
            Before = (call, path) =>
            {
                if (call == FileCall.Read && path.Contains("/log/", StringComparison.Ordinal)) Interlocked.Increment(ref reads);
            },
        };
        await using var test = await TestDrive.OpenAsync(TestDrive.Options with { LogFileBytes = 64 << 20 }, fileSystem: files);
        var block = new byte[1024];
        var written = Stopwatch.StartNew();
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 512 }, async (n, _) =>
        {
            var blob = Shards.Blob(n);
            await using var writer = test.Drive.Create(blob, 0, block.Length);
            await writer.WriteAsync(block, new[] { BlockChecksum.Compute(blob, 0, 0, block) }, default);
            await writer.CommitAsync(default, default);
        });
        written.Stop();
        await using var image = test.Crash();

        Interlocked.Exchange(ref reads, 0);
        var opened = Stopwatch.StartNew();
        await image.StartAsync();
        opened.Stop();
        var readsOfTail = Interlocked.Exchange(ref reads, 0);

        output.WriteLine($"{count} shards of 1 KiB: written at {count / written.Elapsed.TotalSeconds:F0}/s, opened after a kill in {opened.ElapsedMilliseconds} ms");
        (await image.Drive.ListAsync()).Count.ShouldBe(count);
        // And with no index at all: everything is replayed.
        await image.Drive.DisposeAsync();
        System.IO.Directory.Delete(Path.Combine(image.Directory, "index"), recursive: true);
        Interlocked.Exchange(ref reads, 0);
        opened.Restart();
        await image.StartAsync();
        var readsOfAll = Interlocked.Exchange(ref reads, 0);
        output.WriteLine($"without an index in {opened.ElapsedMilliseconds} ms; {readsOfTail} and {readsOfAll} reads of the log");
        readsOfTail.ShouldBeLessThan(readsOfAll / 4);
        (await image.Drive.ListAsync()).Count.ShouldBe(count);
    }
}
