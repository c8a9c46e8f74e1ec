using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>A value that lies in RocksDB's memory, without a copy. Dispose it soon: it pins a block of the cache.</summary>
public unsafe ref struct PinnedValue
{
    private nint _slice;

    internal PinnedValue(nint slice) => _slice = slice;

    public readonly bool Found => _slice != 0;

    /// <summary>Valid until disposed; empty when not found.</summary>
    public readonly ReadOnlySpan<byte> Span
    {
        get
        {
            if (_slice == 0) return default;
            var value = NativeMethods.rocksdb_pinnableslice_value(_slice, out var length);
            return new ReadOnlySpan<byte>(value, (int)length);
        }
    }

    public void Dispose()
    {
        if (_slice == 0) return;
        NativeMethods.rocksdb_pinnableslice_destroy(_slice);
        _slice = 0;
    }
}
