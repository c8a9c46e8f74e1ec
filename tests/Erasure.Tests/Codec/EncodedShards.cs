using ObjectStore.Erasure.Codec;

namespace ObjectStore.Erasure.Tests.Codec;

/// <summary>Random data and its parity in one buffer, with a gap after each shard that must stay as it is.</summary>
internal sealed class EncodedShards
{
    private const int GapBytes = 3;

    private readonly ReedSolomon _codec;
    private readonly int _lengthBytes;
    private readonly byte[] _truth;

    public EncodedShards(ReedSolomon codec, int lengthBytes, int seed)
    {
        _codec = codec;
        _lengthBytes = lengthBytes;
        StrideBytes = lengthBytes + GapBytes;
        All = new byte[codec.Scheme.TotalShards * StrideBytes];
        new Random(seed).NextBytes(All);
        codec.Encode(Data, StrideBytes, Parity, StrideBytes, lengthBytes);
        _truth = [.. All];
    }

    public byte[] All { get; }

    public int StrideBytes { get; }

    public Span<byte> Data => All.AsSpan(0, _codec.Scheme.DataShards * StrideBytes);

    public Span<byte> Parity => All.AsSpan(_codec.Scheme.DataShards * StrideBytes);

    public Span<byte> Shard(int index) => All.AsSpan(index * StrideBytes, _lengthBytes);

    public static ShardSet RandomSubset(Random random, int total, int count) =>
        ShardSet.Of(Shuffled(random, total).AsSpan(0, count));

    /// <summary>Overwrites the missing shards with junk, reconstructs the wanted ones, and compares every byte of the buffer.</summary>
    public void LoseAndReconstruct(ShardSet missing, ShardSet wanted)
    {
        foreach (var shard in missing)
            Shard(shard).Fill(0xdb);
        var expected = All.ToArray();
        foreach (var shard in wanted)
            _truth.AsSpan(shard * StrideBytes, _lengthBytes).CopyTo(expected.AsSpan(shard * StrideBytes));

        _codec.Reconstruct(All, StrideBytes, _lengthBytes, ShardSet.First(_codec.Scheme.TotalShards).Except(missing), wanted);

        if (!All.AsSpan().SequenceEqual(expected))
            Assert.Fail($"{_codec.Scheme} with the kernel {_codec.Kernel}: missing {missing}, wanted {wanted}, {_lengthBytes} bytes");
        _truth.CopyTo(All, 0);
    }

    private static int[] Shuffled(Random random, int total)
    {
        var all = Enumerable.Range(0, total).ToArray();
        random.Shuffle(all);
        return all;
    }
}
