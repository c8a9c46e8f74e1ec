using System.Collections.Concurrent;

namespace ObjectStore.Server.Objects;

/// <summary>Rows that transactions of the service itself have put into the queue of a stream.</summary>
internal readonly record struct LogSignal(BucketLogging Logging, ulong TargetBucketId, LogSource Source, int LengthBytes);

/// <summary>
/// Tells who delivers log records of rows that come into the queue without a request. In memory: after a crash the queue itself is read. A signal may be of a
/// transaction that did not commit, and then does nothing.
/// </summary>
internal sealed class LogSignals
{
    private readonly ConcurrentDictionary<UInt128, LogSignal> _signals = new();
    private volatile IReadOnlySet<UInt128> _full = new HashSet<UInt128>();
    private long _dropped;

    /// <summary>Streams whose queue has as much as it may have.</summary>
    public IReadOnlySet<UInt128> Full
    {
        set => _full = value;
    }

    /// <summary>Records that a full stream did not take, since this was asked last.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);

    /// <summary>Whether a stream takes another record; one that it does not take is counted.</summary>
    public bool Takes(UInt128 stream)
    {
        if (!_full.Contains(stream)) return true;
        Interlocked.Increment(ref _dropped);
        return false;
    }

    public void Add(UInt128 stream, LogSignal signal) =>
        _signals.AddOrUpdate(stream, static (_, added) => added, static (_, before, added) => added with { LengthBytes = before.LengthBytes + added.LengthBytes }, signal);

    /// <summary>What has come since this was asked last.</summary>
    public IReadOnlyList<(UInt128 Stream, LogSignal Signal)> Take()
    {
        if (_signals.IsEmpty) return [];
        var taken = new List<(UInt128, LogSignal)>();
        foreach (var stream in _signals.Keys)
        {
            if (_signals.TryRemove(stream, out var signal)) taken.Add((stream, signal));
        }
        return taken;
    }
}
