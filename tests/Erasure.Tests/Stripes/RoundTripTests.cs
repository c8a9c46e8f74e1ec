using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Tests.Stripes;

public sealed class RoundTripTests
{
    private const int Block = ShardLayout.BlockSizeBytes;

    public static TheoryData<int, int> Schemes => new() { { 1, 0 }, { 1, 2 }, { 2, 2 }, { 4, 2 }, { 8, 3 }, { 3, 0 }, { 5, 1 } };

    /// <summary>Around the ends of a block, a stripe, a group and two groups.</summary>
    private static IEnumerable<long> Lengths(int k) =>
        new long[] { 1, 2, k, Block, (long)k * Block, 4L * k * Block, 8L * k * Block, 9L * k * Block }
            .SelectMany(at => new[] { at - 1, at, at + 1, at + k }).Append(20 * 1024).Where(length => length > 0).Distinct();

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task Bytes_come_back_as_written_at_every_boundary(int k, int m)
    {
        await using var fixture = new StoreFixture(k + m);
        foreach (var length in Lengths(k))
        {
            var data = StoreFixture.Data(length);
            foreach (var isLengthKnown in new[] { true, false })
            {
                var blob = await fixture.WriteAsync(data, new Scheme(k, m), isLengthKnown);
                blob.LengthBytes.ShouldBe(length);
                blob.Missing.ShouldBeEmpty();
                blob.Drives.Distinct().Count().ShouldBe(k + m);
                (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue($"{k}+{m} {length} known={isLengthKnown}");
            }
        }

        fixture.Findings.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Known_and_unknown_length_give_the_same_shards()
    {
        var scheme = new Scheme(4, 2);
        foreach (var length in Lengths(4))
        {
            // The roots are seeded with the blob's id, so both stores must count alike.
            await using var known = new StoreFixture(6);
            await using var unknown = new StoreFixture(6);
            var data = StoreFixture.Data(length);
            var a = await known.WriteAsync(data, scheme);
            var b = await unknown.WriteAsync(data, scheme, isLengthKnown: false, maxStep: 1 + (int)(length / 7));
            b.Roots.ShouldBe(a.Roots, $"{length}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_schemes_lengths_and_steps_round_trip(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 15; i++)
        {
            var scheme = new Scheme(random.Next(1, 13), random.Next(0, 5));
            await using var fixture = new StoreFixture(scheme.TotalShards + random.Next(3), seed: (ulong)seed);
            var data = StoreFixture.Data(random.NextInt64(1, random.Next(2) == 0 ? 100_000 : 6_000_000), seed + i);
            var blob = await fixture.WriteAsync(data, scheme, random.Next(2) == 0, random.Next(1_000, 300_000));
            (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue($"seed {seed}, round {i}, {scheme}, {data.Length}");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pieces_stay_as_they_were_filled_until_the_unsent_bytes_are_advanced(bool isLengthKnown)
    {
        const int seed = 5;
        var random = new Random(seed);
        var scheme = new Scheme(4, 2);
        // Room for one group only, so that what is sent off comes back as soon as it can.
        await using var fixture = new StoreFixture(6, poolBytes: 6 * 4 * Block);
        var data = StoreFixture.Data(6_000_000, seed);
        await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), scheme, isLengthKnown ? data.Length : null, default);
        var unsent = new List<(Memory<byte> Piece, ReadOnlyMemory<byte> Content)>();
        var sent = 0;
        for (var position = 0; position < data.Length;)
        {
            var free = writer.GetMemory();
            var count = Math.Min(random.Next(1, free.Length + 1), data.Length - position);
            data.AsSpan(position, count).CopyTo(free.Span);
            unsent.Add((free[..count], data.AsMemory(position, count)));
            var before = writer.UnsentBytes;
            await writer.AdvanceAsync(count, default);
            position += count;
            if (count >= before)
            {
                writer.UnsentBytes.ShouldBeGreaterThan(before);
                unsent.Clear();
                sent++;
            }
            foreach (var (piece, content) in unsent) piece.Span.SequenceEqual(content.Span).ShouldBeTrue($"seed {seed}, at {position}");
        }
        sent.ShouldBe(data.Length / (4 * 4 * Block));
        await writer.CommitAsync(default, default);
    }

    [Fact]
    public async Task A_blob_of_the_greatest_length_round_trips_and_takes_no_more()
    {
        await using var fixture = new StoreFixture(1);
        var scheme = new Scheme(1, 0);
        var data = StoreFixture.Data(BlobGeometry.MaxBlobBytes(scheme));
        await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), scheme, data.Length + 5, default);
        writer.RemainingBytes.ShouldBe(data.Length);
        await StoreFixture.FillAsync(writer, data);
        writer.RemainingBytes.ShouldBe(0);
        writer.GetMemory().IsEmpty.ShouldBeTrue();
        var blob = await writer.CommitAsync(default, default);
        (await fixture.ReadAsync(blob)).AsSpan().SequenceEqual(data).ShouldBeTrue();
    }

    [Theory]
    [InlineData(60, 4)]
    [InlineData(200, 56)]
    public async Task Very_wide_schemes_fit_the_buffers_of_the_real_pool(int k, int m)
    {
        var set = new ObjectStore.Erasure.Sets.DriveSet(1);
        for (var i = 1; i <= k + m; i++)
            set.Add(new TestKit.InMemoryDrive(new DriveId(new Guid(i, 0, 0, new byte[8]))), Erasure.Sets.FailureDomain.Local);
        using var pool = new Storage.Buffers.AlignedBufferPool(64L << 20);
        await using var store = new BlobStore(set, pool, StoreFixture.Codecs, new RecordedFindings(), StoreFixture.Patient, TimeProvider.System);
        var data = StoreFixture.Data((long)k * Block * 3 / 2);
        BlobLayout blob;
        await using (var writer = await store.CreateAsync(new BlobId(1, 1, 0), new Scheme(k, m), null, default))
        {
            await StoreFixture.FillAsync(writer, data);
            blob = await writer.CommitAsync(default, default);
        }

        for (var lost = 0; lost < m; lost++)
            set.Remove(blob.Drives[lost]);
        using var sink = new MemoryStream();
        var pipe = System.IO.Pipelines.PipeWriter.Create(sink);
        await store.ReadAsync(blob, 0, data.Length, pipe, default);
        sink.ToArray().AsSpan().SequenceEqual(data).ShouldBeTrue();
        pool.Statistics.RentedBytes.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public async Task Any_range_gives_exactly_its_bytes(int k, int m)
    {
        await using var fixture = new StoreFixture(k + m);
        var length = 5L * k * Block + 3L * Block / 2 + 7;
        var data = StoreFixture.Data(length);
        var blob = await fixture.WriteAsync(data, new Scheme(k, m));
        var random = new Random(k * 100 + m);
        long[] edges = [0, 1, Block - 1, Block, Block + 1, (long)k * Block - 1, (long)k * Block, (long)k * Block + 1,
            4L * k * Block - 1, 4L * k * Block, 4L * k * Block + 1, 5L * k * Block, length - 1, length];
        foreach (var from in edges)
        {
            foreach (var to in edges.Append(random.NextInt64(length)).Where(to => to >= from && to <= length))
            {
                var got = await fixture.ReadAsync(blob, from, to - from);
                got.AsSpan().SequenceEqual(data.AsSpan((int)from, (int)(to - from))).ShouldBeTrue($"{k}+{m} [{from}, {to})");
            }
        }
    }

    [Fact]
    public async Task A_small_range_touches_one_shard_and_rents_one_block()
    {
        await using var fixture = new StoreFixture(6);
        var data = StoreFixture.Data(3 << 20);
        var blob = await fixture.WriteAsync(data, new Scheme(4, 2));
        var rents = fixture.Pool.Rents;
        var bytes = fixture.Pool.PeakBytes;
        (await fixture.ReadAsync(blob, Block + 5, 100)).ShouldBe(data[(Block + 5)..(Block + 105)]);
        fixture.Drives.Sum(drive => drive.Calls(TestKit.DriveOperation.Read)).ShouldBe(1);
        (fixture.Pool.Rents - rents).ShouldBe(1);
        fixture.Pool.PeakBytes.ShouldBe(bytes);
    }

    [Fact]
    public async Task A_small_blob_rents_little()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(20 * 1024), new Scheme(4, 2));
        blob.LengthBytes.ShouldBe(20 * 1024);
        fixture.Pool.PeakBytes.ShouldBeLessThanOrEqualTo(32 * 1024);
    }

    [Fact]
    public async Task A_large_read_takes_several_blocks_a_call()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(8 << 20), new Scheme(4, 2));
        await fixture.ReadAsync(blob);
        fixture.Drives.Sum(drive => drive.Calls(TestKit.DriveOperation.Read)).ShouldBe(8 * 4);
        fixture.Drives.Sum(drive => drive.Calls(TestKit.DriveOperation.Open)).ShouldBe(4);
    }

    [Fact]
    public async Task An_empty_blob_is_refused()
    {
        await using var fixture = new StoreFixture(6);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await fixture.Store.CreateAsync(fixture.NextId(), new(4, 2), 0, default));
        await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), new(4, 2), null, default);
        await Should.ThrowAsync<InvalidOperationException>(async () => await writer.CommitAsync(default, default));
    }

    [Fact]
    public async Task A_commit_before_the_announced_length_is_refused()
    {
        await using var fixture = new StoreFixture(6);
        await using var writer = await fixture.Store.CreateAsync(fixture.NextId(), new(4, 2), 100, default);
        await StoreFixture.FillAsync(writer, new byte[99]);
        await Should.ThrowAsync<InvalidOperationException>(async () => await writer.CommitAsync(default, default));
    }

    [Fact]
    public async Task The_tag_lies_beside_every_shard()
    {
        await using var fixture = new StoreFixture(6);
        var blob = await fixture.WriteAsync(StoreFixture.Data(1000), new Scheme(4, 2));
        for (var shard = 0; shard < 6; shard++)
            fixture.DriveOf(blob, shard).TagOf(blob.Id, shard).ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Delete_removes_every_shard_and_names_the_drives_that_did_not_answer()
    {
        await using var fixture = new StoreFixture(6, StoreFixture.Hasty);
        var blob = await fixture.WriteAsync(StoreFixture.Data(1000), new Scheme(4, 2));
        fixture.DriveOf(blob, 1).FailOn(TestKit.DriveOperation.Delete);
        fixture.DriveOf(blob, 2).HangOn(TestKit.DriveOperation.Delete);
        fixture.Set.Remove(blob.Drives[3]);
        (await fixture.Store.DeleteAsync(blob, default)).ShouldBe([blob.Drives[1], blob.Drives[2], blob.Drives[3]]);
        fixture.DriveOf(blob, 0).Has(blob.Id, 0).ShouldBeFalse();
        fixture.DriveOf(blob, 1).Has(blob.Id, 1).ShouldBeTrue();
    }
}
