namespace ObjectStore.Erasure.Sets;

/// <summary>A small seeded generator for choices that only need to be spread well (Steele, Lea, Flood 2014). Not for secrets.</summary>
internal struct SplitMix64(ulong state)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = state;

    /// <summary>The generator of the <paramref name="ordinal"/>-th use of <paramref name="seed"/>: no lock, same sequence in every run.</summary>
    public static SplitMix64 ForUse(ulong seed, ulong ordinal)
    {
        var mixer = new SplitMix64(seed + ordinal * 0xD1B54A32D192ED03);
        return new SplitMix64(mixer.Next());
    }

    public ulong Next()
    {
        var z = _state += Golden;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>In (0, 1], so that a logarithm of it is finite.</summary>
    public double NextUnit() => ((Next() >> 11) + 1) * (1.0 / (1UL << 53));

    public int NextBelow(int bound) => (int)(Next() % (ulong)bound);
}
