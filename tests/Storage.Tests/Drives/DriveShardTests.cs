using ObjectStore.Storage.Drives;

namespace ObjectStore.Storage.Tests.Drives;

public sealed class DriveShardTests : IAsyncLifetime
{
    private const int Block = ShardLayout.BlockSizeBytes;
    private TestDrive _test = null!;

    private Drive Drive => _test.Drive;

    public async Task InitializeAsync() => _test = await TestDrive.OpenAsync();

    public async Task DisposeAsync() => await _test.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(Block)]
    [InlineData(Block + 1)]
    [InlineData(4 * Block)]
    [InlineData(4 * Block + 1)]
    [InlineData(5 * Block)]
    [InlineData(20 * Block + 4097)]
    [InlineData(256 * Block)]
    public async Task A_committed_shard_reads_back_the_same_before_and_after_reopen(int length)
    {
        await Drive.WriteAsync(1, length, shard: 3, announce: true);
        await Drive.WriteAsync(2, length, shard: 3, announce: false);

        await Drive.ShouldHoldAsync(1, length, 3);
        await Drive.ShouldHoldAsync(2, length, 3);
        await _test.ReopenAsync();
        await Drive.ShouldHoldAsync(1, length, 3);
        await Drive.ShouldHoldAsync(2, length, 3);
    }

    [Theory]
    [InlineData(BulkWriteMode.Direct)]
    [InlineData(BulkWriteMode.Buffered)]
    public async Task Both_ways_of_writing_give_the_same_bytes(BulkWriteMode mode)
    {
        await _test.ReopenAsync(TestDrive.Options with { BulkWrites = mode });
        await Drive.WriteAsync(Shards.Blob(7), 0, Shards.Bytes(Shards.Blob(7), 0, 33 * Block + 5), pieceBlocks: 7);
        await Drive.ShouldHoldAsync(7, 33 * Block + 5);
    }

    [Fact]
    public async Task Memory_that_is_not_aligned_is_written_right()
    {
        var blob = Shards.Blob(1);
        var bytes = Shards.Bytes(blob, 0, 20 * Block + 777);
        var odd = new byte[bytes.Length + 13];
        bytes.CopyTo(odd, 13);
        await using (var writer = Drive.Create(blob, 0, bytes.Length))
        {
            await writer.WriteAsync(odd.AsMemory(13), Shards.Checksums(blob, 0, bytes), default);
            await writer.CommitAsync(default, default);
        }
        Shards.ShouldBeSame(await Drive.ReadAsync(blob, 0), bytes, "unaligned");
    }

    [Theory]
    [InlineData(3 * Block + 9)]
    [InlineData(40 * Block + 9)]
    public async Task Blocks_are_scattered_at_the_stride(int length)
    {
        await Drive.WriteAsync(1, length);
        var expected = Shards.Bytes(Shards.Blob(1), 0, length);
        using var reader = (await Drive.OpenAsync(Shards.Blob(1), 0, default))!;
        var last = ShardLayout.BlockCount(length) - 1;
        for (var pass = 0; pass < 2; pass++)
        {
            var memory = new byte[3 * 2 * Block];
            (await reader.ReadAsync(last - 2, new BlockBuffers(memory, 3, 2 * Block), default)).Status.ShouldBe(ShardReadStatus.Ok);
            for (var i = 0; i < 3; i++)
            {
                var blockLength = ShardLayout.BlockLength(length, last - 2 + i);
                memory.AsSpan(i * 2 * Block, blockLength).SequenceEqual(expected.AsSpan((last - 2 + i) * Block, blockLength)).ShouldBeTrue();
                memory.AsSpan(i * 2 * Block + blockLength, Block).ContainsAnyExcept((byte)0).ShouldBeFalse();
            }
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9 * Block)]
    public async Task Nothing_is_found_before_the_commit(int length)
    {
        var blob = Shards.Blob(1);
        await using var writer = Drive.Create(blob, 0, length);
        await Shards.FillAsync(writer, blob, 0, Shards.Bytes(blob, 0, length));
        (await Drive.OpenAsync(blob, 0, default)).ShouldBeNull();
        await writer.CommitAsync(default, default);
        await Drive.ShouldHoldAsync(1, length);
    }

    [Fact]
    public async Task An_abandoned_writer_frees_its_extent()
    {
        var blob = Shards.Blob(1);
        await using (var writer = Drive.Create(blob, 0, null))
            await Shards.FillAsync(writer, blob, 0, Shards.Bytes(blob, 0, 100 * Block));
        _test.AllocatedBytes("bulk").ShouldBeGreaterThan(100 * Block);

        await Drive.ReclaimOnceAsync(0, default);

        (await Drive.OpenAsync(blob, 0, default)).ShouldBeNull();
        _test.AllocatedBytes("bulk").ShouldBeLessThan(64 * 1024);
    }

    [Fact]
    public async Task What_an_unannounced_shard_did_not_need_is_punched()
    {
        await Drive.WriteAsync(1, 5 * Block, announce: false);
        _test.AllocatedBytes("bulk").ShouldBeLessThan(6 * Block);
    }

    [Fact]
    public async Task A_writer_that_was_told_another_length_does_not_commit()
    {
        var blob = Shards.Blob(1);
        await using var writer = Drive.Create(blob, 0, 2000);
        var bytes = Shards.Bytes(blob, 0, 1000);
        await writer.WriteAsync(bytes, Shards.Checksums(blob, 0, bytes), default);
        await Should.ThrowAsync<InvalidOperationException>(async () => await writer.CommitAsync(default, default));
        (await Drive.OpenAsync(blob, 0, default)).ShouldBeNull();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(10 * Block)]
    public async Task A_deleted_shard_is_gone_also_for_those_who_have_it_open(int length)
    {
        await Drive.WriteAsync(1, length);
        using var reader = (await Drive.OpenAsync(Shards.Blob(1), 0, default))!;
        await Drive.DeleteAsync(Shards.Blob(1), 0, default);
        await Drive.DeleteAsync(Shards.Blob(2), 0, default);

        (await Drive.OpenAsync(Shards.Blob(1), 0, default)).ShouldBeNull();
        await Drive.ReclaimOnceAsync(0, default);
        var (result, bytes) = await Shards.ReadAsync(reader);
        if (result.Status == ShardReadStatus.Ok) Shards.ShouldBeSame(bytes, Shards.Bytes(Shards.Blob(1), 0, length), "deleted");
        else result.Status.ShouldBe(ShardReadStatus.Gone);
    }

    [Fact]
    public async Task A_deletion_survives_reopen()
    {
        await Drive.WriteAsync(1, 500);
        await Drive.WriteAsync(2, 10 * Block);
        await Drive.DeleteAsync(Shards.Blob(1), 0, default);
        await Drive.DeleteAsync(Shards.Blob(2), 0, default);
        await _test.ReopenAsync();
        (await Drive.ListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Shards_are_listed_in_order_from_anywhere()
    {
        var expected = new List<(BlobId, int)>();
        var random = new Random(11);
        foreach (var n in Enumerable.Range(0, 700).OrderBy(_ => random.Next()))
        {
            var blob = new BlobId((uint)(n % 3), (ulong)n * 7919, (uint)(n % 2));
            for (var shard = 0; shard < 2; shard++)
            {
                await Drive.WriteAsync(blob, shard, Shards.Bytes(blob, shard, n % 50));
                expected.Add((blob, shard));
            }
        }
        expected.Sort();

        var listed = (await Drive.ListAsync()).Select(i => (i.Blob, i.Shard)).ToList();
        listed.ShouldBe(expected);
        foreach (var at in new[] { 0, 1, 511, 512, 513, 1399 })
        {
            var from = expected[at].Item1;
            (await Drive.ListAsync(from)).Select(i => (i.Blob, i.Shard)).ShouldBe(expected.Where(e => e.Item1 >= from));
        }
    }

    [Fact]
    public async Task Many_writers_at_once_do_not_mix_their_bytes()
    {
        var lengths = new[] { 100, 4 * Block, 5 * Block, 30 * Block + 1, Block, 256 * Block };
        await Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, _) =>
            await Drive.WriteAsync(Shards.Blob(n), 0, Shards.Bytes(Shards.Blob(n), 0, lengths[n % lengths.Length]), announce: n % 4 != 0));
        for (var n = 0; n < 60; n++) await Drive.ShouldHoldAsync(n, lengths[n % lengths.Length]);
        await _test.ReopenAsync();
        for (var n = 0; n < 60; n++) await Drive.ShouldHoldAsync(n, lengths[n % lengths.Length]);
    }

    [Fact]
    public async Task The_membership_record_and_what_was_seen_survive_reopen()
    {
        Drive.ReadMembership().ShouldBeNull();
        var record = Shards.Bytes(Shards.Blob(1), 0, 4096);
        await Drive.WriteMembershipAsync(new byte[] { 1 }, default);
        await Drive.WriteMembershipAsync(record, default);
        await Drive.SetSeenAsync(7, 100, default);
        await Drive.SetSeenAsync(6, 200, default);
        await _test.ReopenAsync();
        Drive.ReadMembership().ShouldBe(record);
        Drive.Seen.ShouldBe(new SeenMark(7, 200));

        TestFiles.Flip(Path.Combine(_test.Directory, "membership"), 2000);
        Should.Throw<DriveException>(() => Drive.ReadMembership());
    }

    [Fact]
    public async Task The_reserve_stops_new_shards_and_not_deletes()
    {
        await Drive.WriteAsync(1, 5 * Block);
        await _test.ReopenAsync(TestDrive.Options with { ReserveBytes = long.MaxValue / 2 });
        Drive.Space.AvailableBytes.ShouldBe(0);
        Should.Throw<DriveException>(() => Drive.Create(Shards.Blob(2), 0, 1)).Fault.ShouldBe(DriveFault.NoSpace);
        await Drive.DeleteAsync(Shards.Blob(1), 0, default);
        (await Drive.ListAsync()).ShouldBeEmpty();
        Drive.Health.State.ShouldBe(DriveState.Online);
    }
}
