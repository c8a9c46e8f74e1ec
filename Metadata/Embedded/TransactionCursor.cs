using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The rows of a view with a transaction's writes laid over them, and a record of what was covered. Nothing is
/// allocated per row: the covered range is only cut out when the cursor jumps, closes, or the transaction commits.
/// </summary>
internal sealed class TransactionCursor : IKvCursor
{
    private readonly EmbeddedTransaction _transaction;
    private readonly WriteSet _writes;
    private readonly ViewCursor _rows;
    private readonly byte[] _from;
    private readonly byte[] _to;
    private readonly bool _reverse;
    private readonly byte[] _counter = new byte[sizeof(long)];
    private byte[]? _coveredFrom;
    private WriteEntry? _own;
    private State _state;
    private bool _disposed;

    private enum State
    {
        NotStarted,
        OnStoredRow,
        OnOwnRow,
        Ended,
    }

    public TransactionCursor(EmbeddedTransaction transaction, KeyRange range, bool reverse)
    {
        _transaction = transaction;
        _writes = transaction.Writes;
        _from = range.From.ToArray();
        _to = range.To.ToArray();
        _reverse = reverse;
        _rows = new ViewCursor(transaction.View, _from, _to, reverse);
    }

    public ReadOnlySpan<byte> Key => _state switch
    {
        State.OnStoredRow => _rows.Key,
        State.OnOwnRow => _own!.Key,
        _ => throw new InvalidOperationException("The cursor stands on no row."),
    };

    public ReadOnlySpan<byte> Value => _state switch
    {
        State.OnStoredRow => _rows.Value,
        State.OnOwnRow when _own!.Kind == WriteKind.Add => _counter,
        State.OnOwnRow => _own!.Value.Span,
        _ => throw new InvalidOperationException("The cursor stands on no row."),
    };

    public ValueTask<bool> MoveNextAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_state == State.Ended) return new ValueTask<bool>(false);
        if (_state == State.NotStarted) return new ValueTask<bool>(Start());
        return new ValueTask<bool>(FindRow(Step()));
    }

    public ValueTask<bool> SeekAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_disposed, this);
        Settle();
        if (CursorState.IsBeforeStart(key.Span, _from, _to, _reverse)) return new ValueTask<bool>(Start());
        // Covered from the key on; in reverse the key itself is in, and a range's end is not.
        _coveredFrom = _reverse ? KeyEncoding.Successor(key.Span) : key.ToArray();
        _rows.Seek(key.Span);
        return new ValueTask<bool>(FindRow(_reverse ? _writes.UpperBound(key.Span) - 1 : _writes.LowerBound(key.Span)));
    }

    /// <summary>Hands what is covered so far to the transaction's read set; the cursor can go on from where it is.</summary>
    public void Settle()
    {
        if (_coveredFrom is null) return;
        var position = _state == State.Ended ? null : Key.ToArray();
        var covered = _reverse
            ? new KeyRange(position ?? _from, _coveredFrom)
            : new KeyRange(_coveredFrom, position is null ? _to : KeyEncoding.Successor(position));
        _transaction.Reads.AddRange(covered);
        _coveredFrom = _state == State.Ended ? null : _reverse ? position : KeyEncoding.Successor(position);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Settle();
        _rows.Dispose();
        _transaction.Closed(this);
    }

    private bool Start()
    {
        _coveredFrom = _reverse ? _to : _from;
        _rows.SeekToStart();
        return FindRow(_reverse ? (_to.Length == 0 ? _writes.Entries.Count : _writes.LowerBound(_to)) - 1 : _writes.LowerBound(_from));
    }

    // Moves past the present row. The place among the own writes is looked up anew, since they may have changed.
    private int Step()
    {
        var key = Key;
        var index = _writes.Entries.Count == 0 ? (_reverse ? -1 : 0) : _reverse ? _writes.LowerBound(key) - 1 : _writes.UpperBound(key);
        if (_state == State.OnStoredRow || (_rows.Valid && _rows.Key.SequenceEqual(key))) _rows.MoveNext();
        return index;
    }

    // Finds the next row that is there, from the stored row and the own write that are both at or ahead of the place.
    private bool FindRow(int index)
    {
        for (; ; index += _reverse ? -1 : 1)
        {
            var own = Own(index);
            SkipDeletedRows(own);
            var order = Compare(own);
            if (order < 0) return Stand(State.OnStoredRow, null);
            if (own is null) return Stand(State.Ended, null);
            var stored = order == 0;
            if (own.Kind == WriteKind.Add) BinaryPrimitives.WriteInt64LittleEndian(_counter, checked((stored && !own.FromZero ? WriteSet.ReadCounter(_rows.Value) : 0) + own.Delta));
            if (own.Kind != WriteKind.Delete) return Stand(State.OnOwnRow, own);
            if (stored) _rows.MoveNext();
        }
    }

    private bool Stand(State state, WriteEntry? own)
    {
        _state = state;
        _own = own;
        return state != State.Ended;
    }

    private WriteEntry? Own(int index)
    {
        if (index < 0 || index >= _writes.Entries.Count) return null;
        var entry = _writes.Entries[index];
        var inside = _reverse
            ? entry.Key.AsSpan().SequenceCompareTo(_from) >= 0
            : _to.Length == 0 || entry.Key.AsSpan().SequenceCompareTo(_to) < 0;
        return inside ? entry : null;
    }

    // Stored rows in ranges that the transaction has deleted are gone, unless it wrote the key again.
    private void SkipDeletedRows(WriteEntry? own)
    {
        if (_writes.DeletedRanges.Count == 0) return;
        while (_rows.Valid && _writes.IsInDeletedRange(_rows.Key) && Compare(own) < 0) _rows.MoveNext();
    }

    /// <summary>Below 0: the stored row comes first; 0: both have the same key; above: the own write does, or there is nothing more.</summary>
    private int Compare(WriteEntry? own)
    {
        if (!_rows.Valid) return 1;
        if (own is null) return -1;
        var order = _rows.Key.SequenceCompareTo(own.Key);
        return _reverse ? -order : order;
    }
}
