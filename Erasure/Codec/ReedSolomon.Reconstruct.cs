using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Codec;

public sealed partial class ReedSolomon
{
    /// <summary>
    /// Computes the wanted shards, data or parity, from k of the present ones. Shard i lies at i × <paramref name="strideBytes"/> of
    /// <paramref name="shards"/>; of those only the wanted ones are written and only present ones are read.
    /// </summary>
    /// <param name="strideBytes">At least <paramref name="shardLengthBytes"/>.</param>
    /// <param name="present">At least k shards whose bytes are right. When there are more, the lowest k are used.</param>
    /// <param name="wanted">Shards to compute, none of them present. Missing shards that are not wanted stay as they are.</param>
    /// <exception cref="ArgumentException">The span is too short, fewer than k shards are present, or a wanted one is present.</exception>
    public unsafe void Reconstruct(Span<byte> shards, int strideBytes, int shardLengthBytes, ShardSet present, ShardSet wanted)
    {
        RequireShards(shards.Length, Scheme.TotalShards, strideBytes, shardLengthBytes, nameof(shards));
        var sources = RequireSources(present, wanted);
        if (wanted.IsEmpty || shardLengthBytes == 0)
            return;

        var inputs = stackalloc byte*[Scheme.DataShards];
        var outputs = stackalloc byte*[Scheme.ParityShards];
        fixed (byte* start = shards)
        {
            var next = inputs;
            foreach (var shard in sources)
                *next++ = start + (nint)shard * strideBytes;
            next = outputs;
            foreach (var shard in wanted)
                *next++ = start + (nint)shard * strideBytes;
            _kernel.Multiply(DecodeMatrix(sources, wanted), inputs, outputs, shardLengthBytes);
        }
    }

    /// <summary>The same with each shard in a memory of its own, which may be empty when it is neither used nor wanted.</summary>
    /// <param name="shards">k+m memories in shard order; the k sources and the wanted ones are at least <paramref name="shardLengthBytes"/> long and do not overlap.</param>
    /// <param name="present">At least k shards whose bytes are right. When there are more, the lowest k are used.</param>
    /// <param name="wanted">Shards to compute, none of them present.</param>
    /// <exception cref="ArgumentException">A memory is too short, their number is wrong, fewer than k shards are present, or a wanted one is present.</exception>
    public unsafe void Reconstruct(ReadOnlySpan<Memory<byte>> shards, int shardLengthBytes, ShardSet present, ShardSet wanted)
    {
        RequireMemories(shards.Length, Scheme.TotalShards, nameof(shards));
        ArgumentOutOfRangeException.ThrowIfNegative(shardLengthBytes);
        var sources = RequireSources(present, wanted);
        if (wanted.IsEmpty || shardLengthBytes == 0)
            return;

        using var pins = new PinnedShards();
        var inputs = stackalloc byte*[Scheme.DataShards];
        var outputs = stackalloc byte*[Scheme.ParityShards];
        var next = inputs;
        foreach (var shard in sources)
            *next++ = pins.Pin(shards[shard], shardLengthBytes);
        next = outputs;
        foreach (var shard in wanted)
            *next++ = pins.Pin(shards[shard], shardLengthBytes);
        _kernel.Multiply(DecodeMatrix(sources, wanted), inputs, outputs, shardLengthBytes);
    }

    private ShardSet RequireSources(ShardSet present, ShardSet wanted)
    {
        var all = ShardSet.First(Scheme.TotalShards);
        if (!present.Except(all).IsEmpty || !wanted.Except(all).IsEmpty)
            throw new ArgumentException($"A shard is outside of the scheme {Scheme}.", nameof(present));
        if (!(present & wanted).IsEmpty)
            throw new ArgumentException("A wanted shard is present.", nameof(wanted));
        var sources = present.Lowest(Scheme.DataShards);
        if (sources.Count < Scheme.DataShards)
            throw new ArgumentException($"{present.Count} shards are present and {Scheme} needs {Scheme.DataShards}.", nameof(present));
        return sources;
    }

    private PreparedMatrix DecodeMatrix(ShardSet sources, ShardSet wanted)
    {
        if (_decode.Find(sources, wanted) is { } found)
            return found;
        var rows = CodingMatrix.Reconstruction(Scheme, _parityRows, sources, wanted);
        var matrix = new PreparedMatrix(_kernel, rows, wanted.Count, Scheme.DataShards);
        _decode.Add(sources, wanted, matrix);
        return matrix;
    }
}
