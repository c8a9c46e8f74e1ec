using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Embedded;

internal sealed class EmbeddedSnapshot(ReadView view) : IKvSnapshot
{
    private ReadView? _view = view;

    private ReadView View => _view ?? throw new ObjectDisposedException(nameof(EmbeddedSnapshot));

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(View.Get(key.Span));
    }

    public IKvCursor Scan(KeyRange range, bool reverse = false) => new SnapshotCursor(View, range, reverse);

    public void Dispose() => Interlocked.Exchange(ref _view, null)?.Release();
}

internal sealed class SnapshotCursor : IKvCursor
{
    private readonly ViewCursor _rows;
    private readonly byte[] _from;
    private readonly byte[] _to;
    private readonly bool _reverse;
    private bool _started;

    public SnapshotCursor(ReadView view, KeyRange range, bool reverse)
    {
        _from = range.From.ToArray();
        _to = range.To.ToArray();
        _reverse = reverse;
        _rows = new ViewCursor(view, _from, _to, reverse);
    }

    public ReadOnlySpan<byte> Key => CursorState.OnRow(_rows.Valid, _rows).Key;

    public ReadOnlySpan<byte> Value => CursorState.OnRow(_rows.Valid, _rows).Value;

    public ValueTask<bool> MoveNextAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        if (_started) return new ValueTask<bool>(_rows.MoveNext());
        _started = true;
        return new ValueTask<bool>(_rows.SeekToStart());
    }

    public ValueTask<bool> SeekAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        _started = true;
        return new ValueTask<bool>(CursorState.IsBeforeStart(key.Span, _from, _to, _reverse) ? _rows.SeekToStart() : _rows.Seek(key.Span));
    }

    public void Dispose() => _rows.Dispose();
}

internal static class CursorState
{
    public static T OnRow<T>(bool valid, T rows) => valid ? rows : throw new InvalidOperationException("The cursor stands on no row.");

    /// <summary>Whether a seek aims in front of the range, in the cursor's direction, so that it lands on the range's first row.</summary>
    public static bool IsBeforeStart(ReadOnlySpan<byte> key, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, bool reverse) =>
        reverse ? !to.IsEmpty && key.SequenceCompareTo(to) >= 0 : key.SequenceCompareTo(from) < 0;
}
