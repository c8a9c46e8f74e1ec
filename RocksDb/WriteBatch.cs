using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>Changes that are applied as one. Not thread-safe.</summary>
public sealed unsafe class WriteBatch : IDisposable
{
    private readonly WriteBatchHandle _handle;

    public WriteBatch() => _handle = new WriteBatchHandle(NativeMethods.rocksdb_writebatch_create());

    /// <summary>From the bytes of <see cref="Data"/>. Column families are numbered in them, in the order in which they were made.</summary>
    public WriteBatch(ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(data.Length, HeaderSizeBytes);
        fixed (byte* bytes = data)
            _handle = new WriteBatchHandle(NativeMethods.rocksdb_writebatch_create_from(bytes, (nuint)data.Length));
    }

    /// <summary>Bytes in front of the first change: sequence number (8) and count (4).</summary>
    public const int HeaderSizeBytes = 12;

    internal WriteBatchHandle Handle => _handle;

    public int Count => NativeMethods.rocksdb_writebatch_count(_handle);

    /// <summary>The batch as bytes, valid until it is changed or disposed.</summary>
    public ReadOnlySpan<byte> Data
    {
        get
        {
            var data = NativeMethods.rocksdb_writebatch_data(_handle, out var length);
            return new ReadOnlySpan<byte>(data, (int)length);
        }
    }

    public WriteBatch Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ColumnFamilyHandle family)
    {
        fixed (byte* k = key, v = value)
            NativeMethods.rocksdb_writebatch_put_cf(_handle, family.Pointer, k, (nuint)key.Length, v, (nuint)value.Length);
        return this;
    }

    public WriteBatch Delete(ReadOnlySpan<byte> key, ColumnFamilyHandle family)
    {
        fixed (byte* k = key)
            NativeMethods.rocksdb_writebatch_delete_cf(_handle, family.Pointer, k, (nuint)key.Length);
        return this;
    }

    /// <summary>Deletes keys in [from, to).</summary>
    public WriteBatch DeleteRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ColumnFamilyHandle family)
    {
        fixed (byte* f = from, t = to)
            NativeMethods.rocksdb_writebatch_delete_range_cf(_handle, family.Pointer, f, (nuint)from.Length, t, (nuint)to.Length);
        return this;
    }

    public WriteBatch Clear()
    {
        NativeMethods.rocksdb_writebatch_clear(_handle);
        return this;
    }

    public void Dispose() => _handle.Dispose();
}
