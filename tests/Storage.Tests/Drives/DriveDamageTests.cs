using ObjectStore.Storage.Drives;

namespace ObjectStore.Storage.Tests.Drives;

/// <summary>Invariant 3 at the drive: whatever byte is flipped, no read returns bytes that were not written.</summary>
public sealed class DriveDamageTests
{
    private const int Block = ShardLayout.BlockSizeBytes;

    [Theory]
    [InlineData("log", 0)]
    [InlineData("bulk", 0)]
    [InlineData("index", 0)]
    [InlineData("log", 1)]
    [InlineData("bulk", 1)]
    [InlineData("index", 1)]
    public async Task A_flipped_byte_in_any_file_never_gives_wrong_bytes(string below, int withIndex)
    {
        await using var test = await TestDrive.OpenAsync(TestDrive.Options with { LogFileBytes = 1 << 20 });
        var lengths = new Dictionary<int, int>();
        for (var n = 1; n <= 12; n++)
        {
            lengths[n] = n % 3 == 0 ? 5 * Block + n : 1000 * n;
            await test.Drive.WriteAsync(n, lengths[n]);
        }
        await test.Drive.DisposeAsync();

        var random = new Random(17);
        var bad = 0;
        for (var round = 0; round < 12; round++)
        {
            await using var image = test.Crash();
            var files = image.Files(below).Where(f => new FileInfo(f).Length > 0).ToArray();
            var file = files[random.Next(files.Length)];
            var offset = SomeUsedOffset(file, random);
            TestFiles.Flip(file, offset);
            if (withIndex == 0 && below != "index") Directory.Delete(Path.Combine(image.Directory, "index"), recursive: true);
            bad += await CheckAsync(image, lengths, $"round {round}: byte {offset} of {Path.GetFileName(file)}");
        }
        if (below == "bulk") bad.ShouldBeGreaterThan(0, "no flip was noticed: the test looks in the wrong places");
    }

    // A flip in the bytes of a shard is met in at least one of them; the reader says which block.
    [Theory]
    [InlineData(3 * Block)]
    [InlineData(10 * Block)]
    public async Task A_flipped_byte_is_found_and_names_its_block(int length)
    {
        await using var test = await TestDrive.OpenAsync();
        await test.Drive.WriteAsync(1, length);
        await test.Drive.DisposeAsync();
        var bytes = Shards.Bytes(Shards.Blob(1), 0, length);
        var (file, at) = test.Files("log").Concat(test.Files("bulk"))
            .Select(f => (f, TestFiles.IndexOf(f, bytes.AsSpan(0, 4096)))).Single(f => f.Item2 >= 0);
        TestFiles.Flip(file, at + 2 * Block + 77);

        await test.StartAsync();

        using var reader = (await test.Drive.OpenAsync(Shards.Blob(1), 0, default))!;
        var (result, _) = await Shards.ReadAsync(reader);
        result.ShouldBe(new ShardReadResult(ShardReadStatus.Corrupt, 2));
        (await reader.ReadAsync(0, BlockBuffers.Contiguous(new byte[2 * Block], 2), default)).Status.ShouldBe(ShardReadStatus.Ok);
        test.Drive.Health.State.ShouldBe(DriveState.Online);
    }

    [Fact]
    public async Task A_lost_commit_record_is_made_up_from_the_extents_footer()
    {
        await using var test = await TestDrive.OpenAsync();
        for (var n = 1; n <= 4; n++) await test.Drive.WriteAsync(n, 6 * Block);
        await test.Drive.DisposeAsync();
        Directory.Delete(Path.Combine(test.Directory, "index"), recursive: true);
        // The tag of the second commit record, which stands in the log and in the footer.
        var blob = new byte[BlobId.SizeBytes];
        Shards.Blob(2).WriteTo(blob);
        var file = test.Files("log").Single(f => TestFiles.IndexOf(f, blob) >= 0);
        TestFiles.Flip(file, TestFiles.IndexOf(file, blob));

        await test.StartAsync();
        test.Drive.Damages.ShouldNotBeEmpty();
        (await test.Drive.OpenAsync(Shards.Blob(2), 0, default)).ShouldBeNull();
        await test.Drive.ReclaimOnceAsync(0, default);
        for (var n = 1; n <= 4; n++) await test.Drive.ShouldHoldAsync(n, 6 * Block);
        await test.ReopenAsync();
        for (var n = 1; n <= 4; n++) await test.Drive.ShouldHoldAsync(n, 6 * Block);
    }

    [Fact]
    public async Task Of_two_copies_the_newer_one_counts_and_the_older_one_when_the_newer_is_damaged()
    {
        await using var test = await TestDrive.OpenAsync();
        var blob = Shards.Blob(1);
        await test.Drive.WriteAsync(1, 3000);
        await test.Drive.SealFilesAsync(default);
        await test.Drive.WriteAsync(1, 3000);
        await test.Drive.WriteAsync(2, 100);
        await test.Drive.DisposeAsync();
        Directory.Delete(Path.Combine(test.Directory, "index"), recursive: true);
        var bytes = Shards.Bytes(blob, 0, 3000);
        var file = test.Files("log").Last(f => TestFiles.IndexOf(f, bytes) >= 0);
        TestFiles.Flip(file, TestFiles.IndexOf(file, bytes) + 5);

        await test.StartAsync();

        await test.Drive.ShouldHoldAsync(1, 3000);
        await test.Drive.ShouldHoldAsync(2, 100);
    }

    private static async Task<int> CheckAsync(TestDrive image, Dictionary<int, int> lengths, string what)
    {
        try
        {
            await image.StartAsync();
        }
        catch (DriveException)
        {
            return 1; // refused: an error, and no wrong bytes
        }
        var bad = 0;
        foreach (var (n, length) in lengths)
        {
            try
            {
                using var reader = await image.Drive.OpenAsync(Shards.Blob(n), 0, default);
                if (reader is null)
                {
                    bad++;
                    continue;
                }
                var (result, bytes) = await Shards.ReadAsync(reader);
                if (result.Status == ShardReadStatus.Ok) Shards.ShouldBeSame(bytes, Shards.Bytes(Shards.Blob(n), 0, length), what);
                else bad++;
            }
            catch (DriveException)
            {
                bad++;
            }
        }
        bad.ShouldBeLessThanOrEqualTo(image.Drive.Health.State == DriveState.Latched ? lengths.Count : 12, what);
        return bad;
    }

    // Not in the zeros of holes and of files written ahead: there is nothing to find there.
    private static long SomeUsedOffset(string file, Random random)
    {
        var bytes = TestFiles.ReadAll(file);
        while (true)
        {
            var offset = random.Next(bytes.Length);
            if (bytes.AsSpan(Math.Max(0, offset - 8), Math.Min(16, bytes.Length - Math.Max(0, offset - 8))).ContainsAnyExcept((byte)0)) return offset;
        }
    }
}
