using System.Buffers;
using System.Buffers.Binary;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Embedded;

internal enum WriteKind
{
    Put,
    Delete,
    Add,
}

/// <summary>What a transaction leaves of one key.</summary>
internal sealed class WriteEntry(byte[] key)
{
    public byte[] Key { get; } = key;

    public WriteKind Kind { get; set; }

    public ReadOnlyMemory<byte> Value { get; set; }

    public long Delta { get; set; }

    public long? Max { get; set; }

    /// <summary>For an Add: the transaction deleted the row first, so it counts from zero whatever is stored.</summary>
    public bool FromZero { get; set; }
}

/// <summary>
/// The writes of one transaction, sorted by key: the deleted ranges first and the entries on top of them, so that a
/// range delete drops the entries that it covers. Copies what it is given; dispose it to return the buffers.
/// </summary>
internal sealed class WriteSet : IDisposable
{
    /// <summary>Changes that one transaction may hold, so that their framing fits the journal record too.</summary>
    public const int MaxChanges = 500_000;

    private const int ChunkBytes = 32 * 1024;
    private readonly List<WriteEntry> _entries = [];
    private readonly List<KeyRange> _deletedRanges = [];
    private readonly List<byte[]> _chunks = [];
    private int _chunkUsed;
    private long _sizeBytes;
    private int _changes;

    public IReadOnlyList<WriteEntry> Entries => _entries;

    public IReadOnlyList<KeyRange> DeletedRanges => _deletedRanges;

    public bool IsEmpty => _entries.Count == 0 && _deletedRanges.Count == 0;

    /// <summary>Most bytes that the writes take in a journal record.</summary>
    public long PayloadBytes => _sizeBytes + (long)_changes * JournalBatch.ChangeOverheadBytes;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (value.Length > KvLimits.MaxValueBytes) throw TooLarge($"A value of {value.Length} bytes is longer than {KvLimits.MaxValueBytes}.");
        Account(key, value.Length);
        var entry = GetOrAdd(key);
        if (entry.Kind == WriteKind.Add) throw Mixed();
        entry.Kind = WriteKind.Put;
        entry.Value = Keep(value);
    }

    public void Delete(ReadOnlySpan<byte> key)
    {
        Account(key, 0);
        var entry = GetOrAdd(key);
        entry.Kind = WriteKind.Delete;
        entry.Value = default;
    }

    public void Add(ReadOnlySpan<byte> key, long delta, long? max)
    {
        Account(key, sizeof(long));
        var index = IndexOf(key);
        var entry = index >= 0 ? _entries[index] : null;
        if (entry is { Kind: WriteKind.Put }) throw Mixed();
        if (entry is not { Kind: WriteKind.Add })
        {
            var fromZero = entry is not null || IsInDeletedRange(key);
            entry ??= Insert(~index, key);
            (entry.Kind, entry.FromZero, entry.Delta, entry.Max) = (WriteKind.Add, fromZero, 0, null);
        }
        entry.Delta = checked(entry.Delta + delta);
        if (max is { } bound) entry.Max = Math.Min(bound, entry.Max ?? long.MaxValue);
    }

    public void DeleteRange(KeyRange range)
    {
        if (range.From.Length > KvLimits.MaxKeyBytes || range.To.Length > KvLimits.MaxKeyBytes) throw TooLarge("A bound of a range is longer than a key may be.");
        if (range.To.Length > 0 && range.From.Span.SequenceCompareTo(range.To.Span) >= 0) return;
        AccountBytes(range.From.Length + range.To.Length);
        var from = LowerBound(range.From.Span);
        var to = range.To.Length == 0 ? _entries.Count : LowerBound(range.To.Span);
        _entries.RemoveRange(from, to - from);
        _deletedRanges.Add(new KeyRange(range.From.ToArray(), range.To.ToArray()));
    }

    public WriteEntry? Find(ReadOnlySpan<byte> key)
    {
        var index = IndexOf(key);
        return index >= 0 ? _entries[index] : null;
    }

    public bool IsInDeletedRange(ReadOnlySpan<byte> key)
    {
        foreach (var range in _deletedRanges)
        {
            if (key.SequenceCompareTo(range.From.Span) >= 0 && (range.To.Length == 0 || key.SequenceCompareTo(range.To.Span) < 0)) return true;
        }
        return false;
    }

    /// <summary>Index of the first entry at or behind the key.</summary>
    public int LowerBound(ReadOnlySpan<byte> key)
    {
        var index = IndexOf(key);
        return index >= 0 ? index : ~index;
    }

    /// <summary>Index of the first entry behind the key.</summary>
    public int UpperBound(ReadOnlySpan<byte> key)
    {
        var index = IndexOf(key);
        return index >= 0 ? index + 1 : ~index;
    }

    public static long ReadCounter(ReadOnlySpan<byte> value) => value.Length == sizeof(long)
        ? BinaryPrimitives.ReadInt64LittleEndian(value)
        : throw new KvException(KvFault.Corrupt, $"The row that is added to has {value.Length} bytes, so it is no counter.");

    public void Dispose()
    {
        foreach (var chunk in _chunks) ArrayPool<byte>.Shared.Return(chunk);
        _chunks.Clear();
        _entries.Clear();
        _deletedRanges.Clear();
    }

    private WriteEntry GetOrAdd(ReadOnlySpan<byte> key)
    {
        var index = IndexOf(key);
        return index >= 0 ? _entries[index] : Insert(~index, key);
    }

    private WriteEntry Insert(int index, ReadOnlySpan<byte> key)
    {
        var entry = new WriteEntry(key.ToArray());
        _entries.Insert(index, entry);
        return entry;
    }

    private int IndexOf(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, _entries.Count);
        // Keys often come in order.
        if (high > 0 && key.SequenceCompareTo(_entries[high - 1].Key) > 0) return ~high;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = key.SequenceCompareTo(_entries[middle].Key);
            if (order == 0) return middle;
            if (order < 0) high = middle;
            else low = middle + 1;
        }
        return ~low;
    }

    // Chunks are never moved: a cursor may stand on a value while the transaction writes on.
    private ReadOnlyMemory<byte> Keep(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return default;
        if (_chunks.Count == 0 || _chunks[^1].Length - _chunkUsed < value.Length)
        {
            _chunks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(value.Length, _chunks.Count == 0 ? Math.Max(value.Length, 1024) : ChunkBytes)));
            _chunkUsed = 0;
        }
        var kept = _chunks[^1].AsMemory(_chunkUsed, value.Length);
        value.CopyTo(kept.Span);
        _chunkUsed += value.Length;
        return kept;
    }

    private void Account(ReadOnlySpan<byte> key, int valueBytes)
    {
        if (key.IsEmpty) throw new ArgumentException("A key has at least the byte of its table.", nameof(key));
        if (key.Length > KvLimits.MaxKeyBytes) throw TooLarge($"A key of {key.Length} bytes is longer than {KvLimits.MaxKeyBytes}.");
        AccountBytes(key.Length + valueBytes);
    }

    private void AccountBytes(int sizeBytes)
    {
        _sizeBytes += sizeBytes;
        _changes++;
        if (_sizeBytes > KvLimits.MaxTransactionBytes) throw TooLarge($"The transaction writes more than {KvLimits.MaxTransactionBytes} bytes.");
        if (_changes > MaxChanges) throw TooLarge($"The transaction makes more than {MaxChanges} changes.");
    }

    private static KvException TooLarge(string message) => new(KvFault.TooLarge, message);

    private static InvalidOperationException Mixed() => new("Put and Add on one key in one transaction.");
}
