using System.Diagnostics.CodeAnalysis;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The keys that recent commits wrote, with which conflicts are found, and what is known of their values as counters.
/// Bounded: the oldest commits are forgotten, and a transaction that began before them is taken to conflict. Used by the
/// committer alone.
/// </summary>
internal sealed class CommitWindow(int maxKeys, long sequence)
{
    private const int MaxRanges = 1024;
    private readonly Dictionary<byte[], KeyState> _keys = new(KeyEquality.Instance);
    private readonly List<Written> _written = [];
    private readonly List<DeletedRange> _ranges = [];
    private int _forgotten;
    private long _ordinal;
    private long _groupStart;
    private long _floor = sequence;

    private readonly record struct Written(long Sequence, byte[] Key);

    private readonly record struct DeletedRange(long Sequence, long Ordinal, KeyRange Range);

    private readonly record struct KeyState(long Sequence, long Ordinal, CounterState State, long Value);

    private enum CounterState
    {
        Missing,
        Counter,
        Other,
    }

    /// <summary>Whether anything that was read has been written after the snapshot.</summary>
    public bool Conflicts(long snapshot, ReadSet reads)
    {
        if (reads.IsEmpty) return false;
        if (snapshot < _floor) return true;
        foreach (var point in reads.Points)
        {
            if (_keys.TryGetValue(point, out var state) && state.Sequence > snapshot) return true;
        }
        for (var i = _ranges.Count - 1; i >= 0 && _ranges[i].Sequence > snapshot; i--)
        {
            if (reads.Overlaps(_ranges[i].Range)) return true;
        }
        if (reads.Ranges.Count == 0) return false;
        for (var i = _written.Count - 1; i >= _forgotten && _written[i].Sequence > snapshot; i--)
        {
            if (reads.Covers(_written[i].Key)) return true;
        }
        return false;
    }

    /// <summary>What a counter stands at after all that was recorded, if the window knows; else the database does.</summary>
    /// <exception cref="KvException"><see cref="KvFault.Corrupt"/>: the row is no counter.</exception>
    public bool TryGetCounter(byte[] key, out long value)
    {
        value = 0;
        var known = _keys.TryGetValue(key, out var state);
        // A range delete of the present group is not in the database yet; older ones are.
        for (var i = _ranges.Count - 1; i >= 0 && _ranges[i].Ordinal > (known ? state.Ordinal : _groupStart); i--)
        {
            if (Contains(_ranges[i].Range, key)) return true;
        }
        if (!known) return false;
        if (state.State == CounterState.Other) throw new KvException(KvFault.Corrupt, "The row that is added to is no counter.");
        value = state.Value;
        return true;
    }

    /// <summary>Forgets what is too old, and marks where the group's writes begin.</summary>
    public void BeginGroup()
    {
        _groupStart = _ordinal;
        while (_written.Count - _forgotten > maxKeys) Forget(_written[_forgotten].Sequence);
        if (_ranges.Count > MaxRanges)
        {
            // Keys go with the ranges: the value of a counter from before a forgotten range delete would be wrong.
            Forget(_ranges[_ranges.Count - MaxRanges - 1].Sequence);
        }
        if (_forgotten <= _written.Count / 2) return;
        _written.RemoveRange(0, _forgotten);
        _forgotten = 0;
    }

    public void Put(long sequence, byte[] key, ReadOnlySpan<byte> value) => Record(
        sequence, key, value.Length == sizeof(long) ? CounterState.Counter : CounterState.Other, value.Length == sizeof(long) ? WriteSet.ReadCounter(value) : 0);

    public void Delete(long sequence, byte[] key) => Record(sequence, key, CounterState.Missing, 0);

    public void DeleteRange(long sequence, KeyRange range) => _ranges.Add(new DeletedRange(sequence, ++_ordinal, range));

    /// <summary>Forgets everything: what was recorded last has not been committed. Snapshots of <paramref name="sequence"/> stay good.</summary>
    public void Reset(long sequence)
    {
        _keys.Clear();
        _written.Clear();
        _ranges.Clear();
        _forgotten = 0;
        _floor = sequence;
    }

    private void Record(long sequence, byte[] key, CounterState state, long value)
    {
        _keys[key] = new KeyState(sequence, ++_ordinal, state, value);
        _written.Add(new Written(sequence, key));
    }

    private void Forget(long sequence)
    {
        for (; _forgotten < _written.Count && _written[_forgotten].Sequence <= sequence; _forgotten++)
        {
            var key = _written[_forgotten].Key;
            if (_keys.TryGetValue(key, out var state) && state.Sequence <= sequence) _keys.Remove(key);
        }
        var ranges = 0;
        while (ranges < _ranges.Count && _ranges[ranges].Sequence <= sequence) ranges++;
        _ranges.RemoveRange(0, ranges);
        _floor = Math.Max(_floor, sequence);
    }

    private static bool Contains(KeyRange range, ReadOnlySpan<byte> key) =>
        key.SequenceCompareTo(range.From.Span) >= 0 && (range.To.Length == 0 || key.SequenceCompareTo(range.To.Span) < 0);

    private sealed class KeyEquality : IEqualityComparer<byte[]>
    {
        public static readonly KeyEquality Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => (int)XxHash3.Hash64(obj);
    }
}
