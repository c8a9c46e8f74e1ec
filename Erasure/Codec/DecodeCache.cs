using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Codec;

/// <summary>
/// Prepared reconstruction matrices by (sources, wanted). A hit takes no lock and allocates nothing; a full set
/// replaces its entries in turn. Threads that miss together build the same matrix twice, which is harmless.
/// </summary>
internal sealed class DecodeCache
{
    private const int Ways = 4;
    private const int MaxSets = 64;

    // Matrices of wide schemes are large (128+128 takes 128 KiB with GFNI), so the bound is in bytes.
    private const long MaxBytes = 4 * 1024 * 1024;

    private readonly Entry?[] _entries;
    private int _turn;

    public DecodeCache(Scheme scheme, Kernel kernel)
    {
        var largestBytes = Math.Max(1L, (long)scheme.DataShards * scheme.ParityShards * kernel.FactorBytes);
        _entries = new Entry?[Math.Clamp(MaxBytes / largestBytes / Ways, 1, MaxSets) * Ways];
    }

    public int Capacity => _entries.Length;

    public PreparedMatrix? Find(ShardSet sources, ShardSet wanted)
    {
        foreach (ref var slot in SetOf(sources, wanted))
        {
            if (Volatile.Read(ref slot) is { } entry && entry.Sources == sources && entry.Wanted == wanted)
                return entry.Matrix;
        }

        return null;
    }

    public void Add(ShardSet sources, ShardSet wanted, PreparedMatrix matrix)
    {
        var set = SetOf(sources, wanted);
        var turn = (int)((uint)Interlocked.Increment(ref _turn) % Ways);
        for (var i = 0; i < Ways; i++)
        {
            if (Volatile.Read(ref set[i]) is null)
            {
                turn = i;
                break;
            }
        }

        Volatile.Write(ref set[turn], new Entry(sources, wanted, matrix));
    }

    private Span<Entry?> SetOf(ShardSet sources, ShardSet wanted)
    {
        var set = (uint)HashCode.Combine(sources, wanted) % (uint)(_entries.Length / Ways);
        return _entries.AsSpan((int)set * Ways, Ways);
    }

    private sealed record Entry(ShardSet Sources, ShardSet Wanted, PreparedMatrix Matrix);
}
