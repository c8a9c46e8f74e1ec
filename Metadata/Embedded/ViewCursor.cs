using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Rows of a range of a view, in order, whichever families they lie in: the range is cut where the family changes, and
/// the pieces are walked one after the other.
/// </summary>
internal sealed class ViewCursor : IDisposable
{
    private readonly ReadView _view;
    private readonly bool _reverse;
    private readonly List<Piece> _pieces;
    private Iterator? _iterator;
    private int _piece = -1;
    private bool _valid;

    private readonly record struct Piece(int Family, byte[] From, byte[] To);

    public ViewCursor(ReadView view, ReadOnlyMemory<byte> from, ReadOnlyMemory<byte> to, bool reverse)
    {
        _view = view;
        _reverse = reverse;
        _pieces = Cut(from.Span, to.Span);
        if (reverse) _pieces.Reverse();
    }

    public bool Valid => _valid;

    public ReadOnlySpan<byte> Key => _iterator!.Key;

    public ReadOnlySpan<byte> Value
    {
        get
        {
            try
            {
                return _iterator!.Value;
            }
            catch (RocksDbException exception)
            {
                throw _view.Mirror.ReadFailed(exception);
            }
        }
    }

    /// <summary>To the first row in the cursor's direction.</summary>
    public bool SeekToStart() => Guarded(static cursor => cursor.EnterFrom(0, default, atStart: true));

    public bool MoveNext() => Guarded(static cursor =>
    {
        if (!cursor._valid) return false;
        return (cursor._reverse ? cursor._iterator!.Prev() : cursor._iterator!.Next()) || cursor.EnterFrom(cursor._piece + 1, default, atStart: true);
    });

    /// <summary>To the first row at or behind the key, in the cursor's direction.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        try
        {
            return _valid = EnterFrom(PieceOf(key), key, atStart: false);
        }
        catch (RocksDbException exception)
        {
            _valid = false;
            throw _view.Mirror.ReadFailed(exception);
        }
    }

    public void Dispose()
    {
        _valid = false;
        _iterator?.Dispose();
        _iterator = null;
    }

    private bool Guarded(Func<ViewCursor, bool> move)
    {
        try
        {
            return _valid = move(this);
        }
        catch (RocksDbException exception)
        {
            _valid = false;
            throw _view.Mirror.ReadFailed(exception);
        }
    }

    private bool EnterFrom(int piece, ReadOnlySpan<byte> key, bool atStart)
    {
        for (; piece < _pieces.Count; piece++, atStart = true)
        {
            Open(piece);
            var found = atStart
                ? (_reverse ? _iterator!.SeekToLast() : _iterator!.SeekToFirst())
                : (_reverse ? _iterator!.SeekForPrev(key) : _iterator!.Seek(key));
            if (found) return true;
        }
        return false;
    }

    private void Open(int piece)
    {
        if (piece == _piece && _iterator is not null) return;
        _iterator?.Dispose();
        _iterator = _view.Iterate(_pieces[piece].Family, _pieces[piece].From, _pieces[piece].To);
        _piece = piece;
    }

    // The first piece, in the direction of the cursor, that does not lie wholly in front of the key.
    private int PieceOf(ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < _pieces.Count; i++)
        {
            var piece = _pieces[i];
            var ahead = _reverse
                ? key.SequenceCompareTo(piece.From) >= 0
                : piece.To.Length == 0 || key.SequenceCompareTo(piece.To) < 0;
            if (ahead) return i;
        }
        return _pieces.Count;
    }

    private static List<Piece> Cut(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var pieces = new List<Piece>(1);
        if (!to.IsEmpty && from.SequenceCompareTo(to) >= 0) return pieces;
        var (first, last) = TableLayout.Tables(from, to);
        while (first <= last)
        {
            var family = TableLayout.FamilyOf((byte)first);
            var end = first;
            while (end < last && TableLayout.FamilyOf((byte)(end + 1)) == family) end++;
            var start = pieces.Count == 0 ? from.ToArray() : [(byte)first];
            pieces.Add(new Piece(family, start, end == last ? to.ToArray() : [(byte)(end + 1)]));
            first = end + 1;
        }
        return pieces;
    }
}
