using System.Numerics;

namespace ObjectStore.Bench.Load;

/// <summary>Latencies in microseconds, in buckets 1/32 of a power of two wide: percentiles within 3 %.</summary>
internal sealed class Histogram
{
    private const int SubBuckets = 32;
    private readonly long[] _counts = new long[64 * SubBuckets];

    public long Count { get; private set; }
    public long MaxUs { get; private set; }
    private double _sumUs;

    public double MeanUs => Count == 0 ? 0 : _sumUs / Count;

    public void Add(long us)
    {
        _counts[Bucket(us)]++;
        Count++;
        _sumUs += us;
        MaxUs = Math.Max(MaxUs, us);
    }

    public void Add(Histogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
        _sumUs += other._sumUs;
        MaxUs = Math.Max(MaxUs, other.MaxUs);
    }

    /// <summary>The latency that <paramref name="share"/> (0..1) of the requests do not pass.</summary>
    public double PercentileUs(double share)
    {
        var rank = (long)Math.Ceiling(Count * share);
        for (int i = 0; i < _counts.Length; i++)
        {
            rank -= _counts[i];
            if (rank <= 0 && Count > 0) return Math.Min(UpperBound(i), MaxUs);
        }
        return MaxUs;
    }

    private static int Bucket(long us)
    {
        if (us < SubBuckets) return (int)Math.Max(us, 0);
        var exponent = BitOperations.Log2((ulong)us) - 5;
        return (exponent + 1) * SubBuckets + (int)(us >> exponent) - SubBuckets;
    }

    private static long UpperBound(int bucket)
    {
        if (bucket < SubBuckets) return bucket;
        var exponent = bucket / SubBuckets - 1;
        return ((long)(bucket % SubBuckets + SubBuckets + 1) << exponent) - 1;
    }
}
