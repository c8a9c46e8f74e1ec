using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Tests.Codec;

public sealed class ReedSolomonTests
{
    [Theory]
    [InlineData(1, 0), InlineData(1, 1), InlineData(1, 3), InlineData(2, 1), InlineData(2, 2), InlineData(3, 3), InlineData(4, 2), InlineData(5, 4)]
    public void Every_pattern_of_up_to_m_missing_shards_is_reconstructed(int k, int m)
    {
        var scheme = new Scheme(k, m);
        var shards = new EncodedShards(ReedSolomon.For(scheme), lengthBytes: 37, seed: 1);
        for (var pattern = 0; pattern < 1 << (k + m); pattern++)
        {
            var missing = ShardSet.Of([.. Enumerable.Range(0, k + m).Where(shard => (pattern >> shard & 1) != 0)]);
            if (missing.Count <= m)
                shards.LoseAndReconstruct(missing, missing);
        }
    }

    [Theory]
    [InlineData(8, 3), InlineData(10, 4), InlineData(12, 4), InlineData(17, 13), InlineData(100, 40), InlineData(128, 128), InlineData(250, 6), InlineData(1, 255), InlineData(255, 1)]
    public void Random_patterns_of_missing_shards_are_reconstructed(int k, int m)
    {
        const int seed = 20260101;
        var random = new Random(seed);
        var shards = new EncodedShards(ReedSolomon.For(new Scheme(k, m)), lengthBytes: 131, seed);
        for (var round = 0; round < (k > 64 ? 3 : 40); round++)
        {
            var missing = EncodedShards.RandomSubset(random, k + m, random.Next(1, m + 1));
            shards.LoseAndReconstruct(missing, missing);
        }
    }

    [Fact]
    public void Only_the_wanted_shards_are_written()
    {
        var random = new Random(5);
        var shards = new EncodedShards(ReedSolomon.For(new Scheme(6, 5)), lengthBytes: 100, seed: 5);
        for (var round = 0; round < 50; round++)
        {
            var missing = EncodedShards.RandomSubset(random, 11, 5);
            shards.LoseAndReconstruct(missing, missing.Lowest(random.Next(0, 6)));
        }
    }

    [Theory]
    [InlineData(1, 4), InlineData(1, 255)]
    public void One_data_shard_is_replication(int k, int m)
    {
        var shards = new EncodedShards(ReedSolomon.For(new Scheme(k, m)), lengthBytes: 70, seed: 2);
        for (var r = 1; r <= m; r++)
            shards.Shard(r).ToArray().ShouldBe(shards.Shard(0).ToArray());
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(9), InlineData(255)]
    public void One_parity_shard_is_exclusive_or(int k)
    {
        var shards = new EncodedShards(ReedSolomon.For(new Scheme(k, 1)), lengthBytes: 70, seed: 3);
        for (var i = 0; i < 70; i++)
        {
            var sum = 0;
            for (var c = 0; c < k; c++)
                sum ^= shards.Shard(c)[i];
            shards.Shard(k)[i].ShouldBe((byte)sum);
        }
    }

    /// <summary>The parity bytes lie on drives: they must never change. Drawn in docs/formats/erasure.md.</summary>
    [Fact]
    public void Parity_matrix_is_the_one_of_the_format()
    {
        Convert.ToHexStringLower(CodingMatrix.Parity(new Scheme(4, 2))).ShouldBe("0101010101d95cac");
        Convert.ToHexStringLower(CodingMatrix.Parity(new Scheme(8, 3)))
            .ShouldBe("0101010101010101" + "0137274954b5e1d9" + "0127d9a15c3cac5a");
        Convert.ToHexStringLower(CodingMatrix.Parity(new Scheme(1, 3))).ShouldBe("010101");
    }

    [Fact]
    public void Known_data_give_the_parity_of_the_format()
    {
        var parity = new byte[2];
        ReedSolomon.For(new Scheme(4, 2)).Encode([0x01, 0x53, 0xca, 0xff], 1, parity, 1, 1);
        Convert.ToHexStringLower(parity).ShouldBe("677b");
    }

    [Fact]
    public void Verify_finds_any_flipped_bit()
    {
        var codec = ReedSolomon.For(new Scheme(4, 2));
        const int length = 5000;
        var shards = new EncodedShards(codec, length, seed: 4);
        Verify().ShouldBeTrue();
        var random = new Random(4);
        for (var i = 0; i < 200; i++)
        {
            ref var b = ref shards.Shard(random.Next(6))[random.Next(length)];
            var bit = (byte)(1 << random.Next(8));
            b ^= bit;
            Verify().ShouldBeFalse();
            b ^= bit;
        }

        Verify().ShouldBeTrue();

        bool Verify() => codec.Verify(shards.Data, shards.StrideBytes, shards.Parity, shards.StrideBytes, length);
    }

    [Fact]
    public void Memories_and_one_buffer_give_the_same_bytes()
    {
        var codec = ReedSolomon.For(new Scheme(5, 3));
        const int length = 333;
        var shards = new EncodedShards(codec, length, seed: 6);
        var memories = Enumerable.Range(0, 8).Select(i => (Memory<byte>)shards.Shard(i).ToArray()).ToArray();
        foreach (var parity in memories[5..])
            parity.Span.Clear();
        codec.Encode([.. memories[..5].Select(memory => (ReadOnlyMemory<byte>)memory)], memories.AsSpan(5), length);
        CheckAll();

        // Neither the missing shard that is not wanted nor the spare one needs a memory.
        memories[1].Span.Clear();
        memories[7].Span.Clear();
        var without = memories.ToArray();
        without[3] = default;
        codec.Reconstruct(without, length, ShardSet.Of(0, 2, 4, 5, 6), ShardSet.Of(1, 7));
        CheckAll();

        void CheckAll()
        {
            for (var i = 0; i < 8; i++)
                memories[i].ToArray().ShouldBe(shards.Shard(i).ToArray());
        }
    }

    [Fact]
    public void Steady_state_allocates_nothing()
    {
        var codec = ReedSolomon.For(new Scheme(10, 4));
        const int length = 1000;
        var shards = new EncodedShards(codec, length, seed: 7);
        var memories = Enumerable.Range(0, 14).Select(i => (Memory<byte>)shards.Shard(i).ToArray()).ToArray();
        ReadOnlyMemory<byte>[] data = [.. memories[..10].Select(memory => (ReadOnlyMemory<byte>)memory)];
        var missing = ShardSet.Of(0, 5, 11, 13);
        var present = ShardSet.First(14).Except(missing);
        Work();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
            Work();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Work()
        {
            codec.Encode(shards.Data, shards.StrideBytes, shards.Parity, shards.StrideBytes, length);
            codec.Encode(data, memories.AsSpan(10), length);
            codec.Verify(shards.Data, shards.StrideBytes, shards.Parity, shards.StrideBytes, length);
            codec.Reconstruct(memories, length, present, missing);
            codec.Reconstruct(shards.All, shards.StrideBytes, length, present, missing);
        }
    }

    [Fact]
    public void Decode_cache_is_bounded_and_right_when_it_overflows()
    {
        var kernel = KernelCatalog.Choose(new CodecOptions());
        var scheme = new Scheme(6, 4);
        var cache = new DecodeCache(scheme, kernel);
        cache.Capacity.ShouldBe(256);
        new DecodeCache(new Scheme(128, 128), kernel).Capacity.ShouldBeLessThanOrEqualTo(64);

        var shards = new EncodedShards(new ReedSolomon(scheme, kernel), lengthBytes: 9, seed: 8);
        for (var pattern = 0; pattern < 1 << 10; pattern++)
        {
            var missing = ShardSet.Of([.. Enumerable.Range(0, 10).Where(shard => (pattern >> shard & 1) != 0)]);
            if (missing.Count is 3 or 4)
                shards.LoseAndReconstruct(missing, missing);
        }
    }

    [Theory]
    [InlineData(0, 1), InlineData(-1, 3), InlineData(3, -1), InlineData(200, 57)]
    public void Impossible_schemes_are_refused(int k, int m) =>
        Should.Throw<ArgumentException>(() => ReedSolomon.For(new Scheme(k, m)));

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var codec = ReedSolomon.For(new Scheme(3, 2));
        var buffer = new byte[1000];
        var all = ShardSet.First(5);

        Refuses(() => codec.Encode(new byte[29], 10, new byte[20], 10, 10));
        Refuses(() => codec.Encode(new byte[30], 10, new byte[19], 10, 10));
        Refuses(() => codec.Encode(new byte[30], 9, new byte[20], 10, 10));
        Refuses(() => codec.Encode(new byte[30], 10, new byte[20], 9, 10));
        Refuses(() => codec.Encode(new byte[30], 10, new byte[20], 10, -1));
        Refuses(() => codec.Encode(new byte[30], int.MinValue, new byte[20], 10, 10));
        Refuses(() => codec.Encode(buffer.AsSpan(0, 30), 10, buffer.AsSpan(20, 20), 10, 10));
        Refuses(() => codec.Verify(new byte[29], 10, new byte[20], 10, 10));
        Refuses(() => codec.Encode(new ReadOnlyMemory<byte>[2], new Memory<byte>[2], 0));
        Refuses(() => codec.Encode([new byte[5], new byte[5], new byte[4]], [new byte[5], new byte[5]], 5));

        Refuses(() => codec.Reconstruct(buffer.AsSpan(0, 49), 10, 10, all.Without(0), ShardSet.Of(0)));
        Refuses(() => codec.Reconstruct(buffer, 10, 10, ShardSet.Of(1, 2), ShardSet.Of(0)));
        Refuses(() => codec.Reconstruct(buffer, 10, 10, all, ShardSet.Of(0)));
        Refuses(() => codec.Reconstruct(buffer, 10, 10, ShardSet.Of(1, 2, 5), ShardSet.Of(0)));
        Refuses(() => codec.Reconstruct(buffer, 10, 10, all.Without(0), ShardSet.Of(5)));
        Refuses(() => codec.Reconstruct(new Memory<byte>[5], 10, all.Without(0), ShardSet.Of(0)));
        Refuses(() => new CodecProvider(new CodecOptions { Kernel = "abacus" }));

        static void Refuses(Action action) => Should.Throw<ArgumentException>(action);
    }
}
