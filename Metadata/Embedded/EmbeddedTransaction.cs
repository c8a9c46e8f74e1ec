using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Embedded;

internal sealed class EmbeddedTransaction(Committer committer, ReadView view) : IKvTransaction
{
    private readonly ReadSet _reads = new();
    private readonly List<TransactionCursor> _cursors = [];
    private ReadView? _view = view;
    private bool _committed;

    public WriteSet Writes { get; } = new();

    public ReadSet Reads => _reads;

    /// <summary>LSN of the last commit that the transaction sees.</summary>
    public long Sequence => View.Sequence;

    public ReadView View => _view ?? throw new ObjectDisposedException(nameof(EmbeddedTransaction));

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Get(View, key.Span));
    }

    public IKvCursor Scan(KeyRange range, bool reverse = false)
    {
        var cursor = new TransactionCursor(this, range, reverse);
        _cursors.Add(cursor);
        return cursor;
    }

    public void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => Writable().Put(key.Span, value.Span);

    public void Delete(ReadOnlyMemory<byte> key) => Writable().Delete(key.Span);

    public void DeleteRange(KeyRange range) => Writable().DeleteRange(range);

    public void Add(ReadOnlyMemory<byte> key, long delta) => Writable().Add(key.Span, delta, max: null);

    public void AddBounded(ReadOnlyMemory<byte> key, long delta, long max) => Writable().Add(key.Span, delta, max);

    public async ValueTask CommitAsync(CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        // What was only read was read from one snapshot, which is an order of its own: there is nothing to check.
        if (Writable().IsEmpty) return;
        foreach (var cursor in _cursors) cursor.Settle();
        _reads.Seal();
        _committed = true;
        await committer.CommitAsync(this, ct);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _view, null) is not { } held) return;
        foreach (var cursor in _cursors.ToArray()) cursor.Dispose();
        Writes.Dispose();
        held.Release();
    }

    internal void Closed(TransactionCursor cursor) => _cursors.Remove(cursor);

    private WriteSet Writable()
    {
        ObjectDisposedException.ThrowIf(_view is null, this);
        if (_committed) throw new InvalidOperationException("The transaction has been committed.");
        return Writes;
    }

    private ReadOnlyMemory<byte>? Get(ReadView view, ReadOnlySpan<byte> key)
    {
        var own = Writes.Find(key);
        if (own is { Kind: WriteKind.Put }) return own.Value.ToArray();
        if (own is { Kind: WriteKind.Delete }) return null;
        if (own is { FromZero: true }) return Counter(own.Delta);
        if (own is null && Writes.IsInDeletedRange(key)) return null;

        _reads.AddPoint(key);
        var stored = view.Get(key);
        return own is null ? stored : Counter(checked((stored is { } value ? WriteSet.ReadCounter(value.Span) : 0) + own.Delta));
    }

    private static ReadOnlyMemory<byte> Counter(long value)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
