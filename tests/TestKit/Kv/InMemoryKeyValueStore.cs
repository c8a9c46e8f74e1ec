using System.Buffers.Binary;
using System.Collections.Immutable;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.TestKit.Kv;

/// <summary>
/// The reference implementation of <see cref="IKeyValueStore"/>: immutable lists under one lock, written to be read. A
/// commit compares what was read with what is there now, row by row. Not for production: nothing is durable.
/// </summary>
public sealed class InMemoryKeyValueStore : IKeyValueStore
{
    private readonly Lock _lock = new();
    private ImmutableList<Row> _rows = [];

    /// <summary>Called with every transaction that is about to commit, outside all locks; what it throws fails the commit.</summary>
    public Action<IKvTransaction>? BeforeCommit { get; set; }

    /// <summary>Called when a transaction is there; what it throws the committer is told instead.</summary>
    public Action<IKvTransaction>? AfterCommit { get; set; }

    public long Commits { get; private set; }

    /// <summary>All rows of now, in order.</summary>
    public IReadOnlyList<(byte[] Key, byte[] Value)> Rows => [.. Current.Select(r => (r.Key, r.Value))];

    private ImmutableList<Row> Current
    {
        get
        {
            lock (_lock) return _rows;
        }
    }

    public IKvSnapshot Snapshot() => new SnapshotReader(Current);

    public IKvTransaction Begin() => new Transaction(this, Current);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Commit(Transaction transaction)
    {
        BeforeCommit?.Invoke(transaction);
        if (!transaction.HasWrites) return;
        lock (_lock)
        {
            transaction.ThrowIfConflict(_rows);
            _rows = transaction.ApplyTo(_rows);
            Commits++;
        }
        AfterCommit?.Invoke(transaction);
    }

    internal sealed record Row(byte[] Key, byte[] Value);

    private sealed class SnapshotReader(ImmutableList<Row> rows) : IKvSnapshot
    {
        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
        {
            ct.ThrowIfCancellationRequested();
            return ValueTask.FromResult(Sorted.Find(rows, key.Span) is { } row ? row.Value : default(ReadOnlyMemory<byte>?));
        }

        public IKvCursor Scan(KeyRange range, bool reverse = false) => new Cursor(() => rows, range, reverse, covered: null);

        public void Dispose()
        {
        }
    }

    private sealed class Transaction(InMemoryKeyValueStore store, ImmutableList<Row> snapshot) : IKvTransaction
    {
        private readonly ImmutableList<Row> _snapshot = snapshot;
        private readonly HashSet<byte[]> _pointsRead = new(ByteStrings.Equality);
        private readonly List<KeyRange> _rangesRead = [];
        private readonly HashSet<byte[]> _overwritten = new(ByteStrings.Equality);
        private readonly List<Func<ImmutableList<Row>, ImmutableList<Row>>> _writes = [];
        private readonly SortedDictionary<byte[], Counter> _counters = new(ByteStrings.Order);
        private ImmutableList<Row> _working = snapshot;
        private long _sizeBytes;
        private bool _done;

        private readonly record struct Counter(long Delta, long? Max);

        public bool HasWrites => _writes.Count > 0 || _counters.Count > 0;

        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
        {
            ct.ThrowIfCancellationRequested();
            ThrowIfDone();
            var copy = key.ToArray();
            if (!_overwritten.Contains(copy)) _pointsRead.Add(copy);
            return ValueTask.FromResult(Sorted.Find(_working, key.Span) is { } row ? row.Value : default(ReadOnlyMemory<byte>?));
        }

        public IKvCursor Scan(KeyRange range, bool reverse = false)
        {
            ThrowIfDone();
            return new Cursor(() => _working, range, reverse, _rangesRead);
        }

        public void Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
        {
            var row = new Row(key.ToArray(), value.ToArray());
            Account(row.Key, row.Value.Length);
            if (_counters.ContainsKey(row.Key)) throw new InvalidOperationException("Put and Add on one key in one transaction.");
            _overwritten.Add(row.Key);
            Write(rows => Sorted.Set(rows, row));
        }

        public void Delete(ReadOnlyMemory<byte> key)
        {
            var copy = key.ToArray();
            Account(copy, 0);
            _counters.Remove(copy);
            _overwritten.Add(copy);
            Write(rows => Sorted.Remove(rows, copy));
        }

        public void DeleteRange(KeyRange range)
        {
            var copy = new KeyRange(range.From.ToArray(), range.To.ToArray());
            if (range.From.Length > KvLimits.MaxKeyBytes || range.To.Length > KvLimits.MaxKeyBytes) throw TooLarge("A bound of a range is too long.");
            AccountBytes(range.From.Length + range.To.Length);
            foreach (var key in _counters.Keys.Where(k => Sorted.Contains(copy, k)).ToList()) _counters.Remove(key);
            Write(rows => Sorted.RemoveRange(rows, copy));
        }

        public void Add(ReadOnlyMemory<byte> key, long delta) => AddCore(key.ToArray(), delta, max: null);

        public void AddBounded(ReadOnlyMemory<byte> key, long delta, long max) => AddCore(key.ToArray(), delta, max);

        public ValueTask CommitAsync(CancellationToken ct = default)
        {
            ct.ThrowIfCancellationRequested();
            ThrowIfDone();
            store.Commit(this);
            _done = true;
            return ValueTask.CompletedTask;
        }

        public void Dispose() => _done = true;

        public void ThrowIfConflict(ImmutableList<Row> now)
        {
            var same = _pointsRead.All(key => ReferenceEquals(Sorted.Find(_snapshot, key), Sorted.Find(now, key)))
                && _rangesRead.All(range => Sorted.Slice(_snapshot, range).SequenceEqual(Sorted.Slice(now, range), ReferenceEqualityComparer.Instance));
            if (!same) throw new KvException(KvFault.Conflict, "Something that the transaction read has changed.");
        }

        public ImmutableList<Row> ApplyTo(ImmutableList<Row> rows)
        {
            foreach (var write in _writes) rows = write(rows);
            foreach (var (key, counter) in _counters) rows = Apply(rows, key, counter);
            return rows;
        }

        private void AddCore(byte[] key, long delta, long? max)
        {
            Account(key, sizeof(long));
            if (_overwritten.Contains(key) && Sorted.Find(_working, key) is not null && !_counters.ContainsKey(key))
                throw new InvalidOperationException("Put and Add on one key in one transaction.");
            var before = _counters.GetValueOrDefault(key);
            _counters[key] = new Counter(checked(before.Delta + delta), Smaller(before.Max, max));
            _working = Apply(_working, key, new Counter(delta, null));
        }

        private static long? Smaller(long? a, long? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);

        private static ImmutableList<Row> Apply(ImmutableList<Row> rows, byte[] key, Counter counter)
        {
            var before = Sorted.Find(rows, key) is { } row ? ReadCounter(row) : 0;
            if (counter.Delta > 0 && before > (counter.Max ?? long.MaxValue) - counter.Delta)
                throw new KvException(KvFault.BoundExceeded, "The counter would pass its maximum.");
            var value = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(value, checked(before + counter.Delta));
            return Sorted.Set(rows, new Row(key, value));
        }

        private static long ReadCounter(Row row) => row.Value.Length == sizeof(long)
            ? BinaryPrimitives.ReadInt64LittleEndian(row.Value)
            : throw new KvException(KvFault.Corrupt, "The row that is added to is no counter.");

        private void Write(Func<ImmutableList<Row>, ImmutableList<Row>> write)
        {
            _writes.Add(write);
            _working = write(_working);
        }

        private void Account(byte[] key, int valueBytes)
        {
            ThrowIfDone();
            if (key.Length == 0) throw new ArgumentException("A key has at least the byte of its table.", nameof(key));
            if (key.Length > KvLimits.MaxKeyBytes) throw TooLarge($"A key of {key.Length} bytes is too long.");
            if (valueBytes > KvLimits.MaxValueBytes) throw TooLarge($"A value of {valueBytes} bytes is too long.");
            AccountBytes(key.Length + valueBytes);
        }

        private void AccountBytes(int sizeBytes)
        {
            _sizeBytes += sizeBytes;
            if (_sizeBytes > KvLimits.MaxTransactionBytes) throw TooLarge("The transaction writes too much.");
        }

        private static KvException TooLarge(string message) => new(KvFault.TooLarge, message);

        private void ThrowIfDone() => ObjectDisposedException.ThrowIf(_done, this);
    }

    /// <summary>Looks its next row up in the rows of the moment, so it sees what its transaction writes meanwhile.</summary>
    private sealed class Cursor(Func<ImmutableList<Row>> rows, KeyRange range, bool reverse, List<KeyRange>? covered) : IKvCursor
    {
        private readonly KeyRange _range = new(range.From.ToArray(), range.To.ToArray());
        private byte[]? _position;
        private bool _ended;
        private Row? _row;

        public ReadOnlySpan<byte> Key => Current.Key;

        public ReadOnlySpan<byte> Value => Current.Value;

        private Row Current => _row ?? throw new InvalidOperationException("The cursor stands on no row.");

        public ValueTask<bool> MoveNextAsync(CancellationToken ct = default)
        {
            ct.ThrowIfCancellationRequested();
            if (_ended) return ValueTask.FromResult(false);
            var ahead = _position is null ? _range
                : reverse ? _range with { To = _position }
                : _range with { From = ByteStrings.After(_position) };
            return ValueTask.FromResult(MoveInto(ahead));
        }

        public ValueTask<bool> SeekAsync(ReadOnlyMemory<byte> key, CancellationToken ct = default)
        {
            ct.ThrowIfCancellationRequested();
            var after = ByteStrings.After(key.Span);
            var ahead = reverse
                ? _range with { To = _range.To.Length == 0 || ByteStrings.Order.Compare(after, _range.To.ToArray()) < 0 ? after : _range.To }
                : _range with { From = ByteStrings.Order.Compare(key.ToArray(), _range.From.ToArray()) > 0 ? key.ToArray() : _range.From };
            return ValueTask.FromResult(MoveInto(ahead));
        }

        public void Dispose() => _row = null;

        private bool MoveInto(KeyRange ahead)
        {
            var slice = Sorted.Slice(rows(), ahead, reverse);
            _row = slice.FirstOrDefault();
            _ended = _row is null;
            _position = _row?.Key;
            covered?.Add(_row is null ? ahead : reverse ? ahead with { From = _row.Key } : ahead with { To = ByteStrings.After(_row.Key) });
            return !_ended;
        }
    }

    private static class Sorted
    {
        public static Row? Find(ImmutableList<Row> rows, ReadOnlySpan<byte> key)
        {
            var index = LowerBound(rows, key);
            return index < rows.Count && key.SequenceEqual(rows[index].Key) ? rows[index] : null;
        }

        public static ImmutableList<Row> Set(ImmutableList<Row> rows, Row row)
        {
            var index = LowerBound(rows, row.Key);
            return index < rows.Count && row.Key.AsSpan().SequenceEqual(rows[index].Key) ? rows.SetItem(index, row) : rows.Insert(index, row);
        }

        public static ImmutableList<Row> Remove(ImmutableList<Row> rows, byte[] key) => RemoveRange(rows, new KeyRange(key, ByteStrings.After(key)));

        public static ImmutableList<Row> RemoveRange(ImmutableList<Row> rows, KeyRange range)
        {
            var (from, to) = Bounds(rows, range);
            return to > from ? rows.RemoveRange(from, to - from) : rows;
        }

        public static IEnumerable<Row> Slice(ImmutableList<Row> rows, KeyRange range, bool reverse = false)
        {
            var (from, to) = Bounds(rows, range);
            if (reverse)
            {
                for (var i = to - 1; i >= from; i--) yield return rows[i];
            }
            else
            {
                for (var i = from; i < to; i++) yield return rows[i];
            }
        }

        public static bool Contains(KeyRange range, ReadOnlySpan<byte> key) =>
            key.SequenceCompareTo(range.From.Span) >= 0 && (range.To.Length == 0 || key.SequenceCompareTo(range.To.Span) < 0);

        private static (int From, int To) Bounds(ImmutableList<Row> rows, KeyRange range) =>
            (LowerBound(rows, range.From.Span), range.To.Length == 0 ? rows.Count : LowerBound(rows, range.To.Span));

        private static int LowerBound(ImmutableList<Row> rows, ReadOnlySpan<byte> key)
        {
            var (low, high) = (0, rows.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (rows[middle].Key.AsSpan().SequenceCompareTo(key) < 0) low = middle + 1;
                else high = middle;
            }
            return low;
        }
    }
}
