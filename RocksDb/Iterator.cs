using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>
/// Walks a column family in key order. Spans are valid until the next move. Not thread-safe. A move that ends
/// because of a fault throws; it does not look like the end.
/// </summary>
public sealed unsafe class Iterator : IDisposable
{
    private readonly IteratorHandle _handle;
    private nint _iterator;

    internal Iterator(IteratorHandle handle)
    {
        _handle = handle;
        _iterator = handle.DangerousGetHandle();
    }

    public bool Valid => NativeMethods.rocksdb_iter_valid(Pointer) != 0;

    public ReadOnlySpan<byte> Key
    {
        get
        {
            ThrowIfNotValid();
            var key = NativeMethods.rocksdb_iter_key(_iterator, out var length);
            return new ReadOnlySpan<byte>(key, (int)length);
        }
    }

    public ReadOnlySpan<byte> Value
    {
        get
        {
            ThrowIfNotValid();
            var value = NativeMethods.rocksdb_iter_value(_iterator, out var length);
            return new ReadOnlySpan<byte>(value, (int)length);
        }
    }

    private nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_iterator == 0, this);
            return _iterator;
        }
    }

    public bool SeekToFirst()
    {
        NativeMethods.rocksdb_iter_seek_to_first(Pointer);
        return Check();
    }

    public bool SeekToLast()
    {
        NativeMethods.rocksdb_iter_seek_to_last(Pointer);
        return Check();
    }

    /// <summary>To the first key at or after <paramref name="key"/>.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key) NativeMethods.rocksdb_iter_seek(Pointer, k, (nuint)key.Length);
        return Check();
    }

    /// <summary>To the last key at or before <paramref name="key"/>.</summary>
    public bool SeekForPrev(ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key) NativeMethods.rocksdb_iter_seek_for_prev(Pointer, k, (nuint)key.Length);
        return Check();
    }

    public bool Next()
    {
        ThrowIfNotValid();
        NativeMethods.rocksdb_iter_next(_iterator);
        return Check();
    }

    public bool Prev()
    {
        ThrowIfNotValid();
        NativeMethods.rocksdb_iter_prev(_iterator);
        return Check();
    }

    public void Dispose()
    {
        _iterator = 0;
        _handle.Dispose();
    }

    private bool Check()
    {
        if (NativeMethods.rocksdb_iter_valid(_iterator) != 0) return true;
        NativeMethods.rocksdb_iter_get_error(_iterator, out var error);
        RocksDbException.ThrowIfSet(error);
        return false;
    }

    // The C API does not check, and would read through a stale pointer.
    private void ThrowIfNotValid()
    {
        if (NativeMethods.rocksdb_iter_valid(Pointer) == 0) throw new InvalidOperationException("The iterator stands on no row.");
    }
}
