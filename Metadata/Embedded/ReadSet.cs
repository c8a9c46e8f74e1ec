using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Embedded;

/// <summary>What a transaction has read: keys (misses included), and the ranges that cursors covered.</summary>
internal sealed class ReadSet
{
    private readonly List<byte[]> _points = [];
    private readonly List<KeyRange> _ranges = [];

    public IReadOnlyList<byte[]> Points => _points;

    /// <summary>Sorted, and no two touch, once <see cref="Seal"/> was called.</summary>
    public IReadOnlyList<KeyRange> Ranges => _ranges;

    public bool IsEmpty => _points.Count == 0 && _ranges.Count == 0;

    public void AddPoint(ReadOnlySpan<byte> key) => _points.Add(key.ToArray());

    public void AddRange(KeyRange range)
    {
        if (range.To.Length == 0 || range.From.Span.SequenceCompareTo(range.To.Span) < 0) _ranges.Add(range);
    }

    /// <summary>Merges overlapping ranges, so that the committer finds the one that may hold a key by bisection.</summary>
    public void Seal()
    {
        if (_ranges.Count < 2) return;
        _ranges.Sort(static (a, b) => a.From.Span.SequenceCompareTo(b.From.Span));
        var last = 0;
        for (var i = 1; i < _ranges.Count; i++)
        {
            var (merged, next) = (_ranges[last], _ranges[i]);
            if (merged.To.Length > 0 && next.From.Span.SequenceCompareTo(merged.To.Span) > 0)
                _ranges[++last] = next;
            else if (merged.To.Length > 0 && (next.To.Length == 0 || next.To.Span.SequenceCompareTo(merged.To.Span) > 0))
                _ranges[last] = merged with { To = next.To };
        }
        _ranges.RemoveRange(last + 1, _ranges.Count - last - 1);
    }

    public bool Covers(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (key.SequenceCompareTo(_ranges[middle].From.Span) < 0) high = middle;
            else low = middle + 1;
        }
        return low > 0 && (_ranges[low - 1].To.Length == 0 || key.SequenceCompareTo(_ranges[low - 1].To.Span) < 0);
    }

    /// <summary>Whether a range has a common key with what was read.</summary>
    public bool Overlaps(KeyRange range)
    {
        foreach (var read in _ranges)
        {
            var before = read.To.Length > 0 && read.To.Span.SequenceCompareTo(range.From.Span) <= 0;
            var behind = range.To.Length > 0 && range.To.Span.SequenceCompareTo(read.From.Span) <= 0;
            if (!before && !behind) return true;
        }
        foreach (var point in _points)
        {
            if (point.AsSpan().SequenceCompareTo(range.From.Span) >= 0 && (range.To.Length == 0 || point.AsSpan().SequenceCompareTo(range.To.Span) < 0)) return true;
        }
        return false;
    }
}
