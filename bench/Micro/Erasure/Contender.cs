using System.Diagnostics;

namespace ObjectStore.Bench.Micro.Erasure;

/// <summary>One thing that is timed: what it is called, what it does once, how many bytes of data that takes in.</summary>
internal sealed class Contender(string name, long bytesPerCall, Action call)
{
    // A contender whose single call outlasts its round (the oracle does) takes part in every fifth round only.
    private const int SlowInterval = 5;

    private readonly List<double> _gigabytesPerSecond = [];
    private bool _slow;

    public string Name => name;

    public double MedianGigabytesPerSecond
    {
        get
        {
            var sorted = _gigabytesPerSecond.Order().ToArray();
            return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
        }
    }

    /// <summary>Runs until the tiered compiler has had its calls and its time, unmeasured.</summary>
    public void WarmUp(TimeSpan duration)
    {
        var start = Stopwatch.GetTimestamp();
        var calls = 0;
        do
        {
            call();
            calls++;
        }
        while (Stopwatch.GetElapsedTime(start) < duration);
        _slow = calls == 1;
    }

    public void Measure(int round, TimeSpan duration)
    {
        if (_slow && round % SlowInterval != 0)
            return;
        long calls = 0;
        var start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            call();
            calls++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < duration);
        _gigabytesPerSecond.Add(calls * bytesPerCall / elapsed.TotalSeconds / 1e9);
    }
}
