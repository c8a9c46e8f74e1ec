using System.Diagnostics;

namespace ObjectStore.Storage.Drives;

/// <summary>The 95th percentile of the last 256 durations, for deciding when a read is late. Recomputed every 32 of them.</summary>
internal sealed class LatencyWindow
{
    private const int Window = 256;
    private const int RecomputeEvery = 32;
    private readonly long[] _ticks = new long[Window];
    private readonly Lock _gate = new();
    private int _count;
    private long _p95Ticks;

    public TimeSpan P95 => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _p95Ticks));

    public void Add(long elapsedTicks)
    {
        lock (_gate)
        {
            _ticks[_count++ % Window] = elapsedTicks;
            if (_count % RecomputeEvery != 0) return;
            var filled = Math.Min(_count, Window);
            Span<long> sorted = stackalloc long[Window];
            _ticks.AsSpan(0, filled).CopyTo(sorted);
            sorted[..filled].Sort();
            Volatile.Write(ref _p95Ticks, sorted[filled * 95 / 100]);
            if (_count >= 2 * Window) _count = Window;
        }
    }
}
