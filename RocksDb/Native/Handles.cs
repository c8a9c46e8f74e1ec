using System.Runtime.InteropServices;

namespace ObjectStore.Rocks.Native;

/// <summary>A native object that is freed exactly once, when the last user has let go.</summary>
internal abstract class NativeHandle : SafeHandle
{
    protected NativeHandle(nint pointer) : base(0, ownsHandle: true) => SetHandle(pointer);

    public override bool IsInvalid => handle == 0;
}

/// <summary>The database. Iterators, snapshots and checkpoints hold references, so it closes only behind the last of them.</summary>
internal sealed class RocksDbHandle(nint pointer) : NativeHandle(pointer)
{
    private nint[] _families = [];

    public void Own(nint[] families) => _families = families;

    protected override bool ReleaseHandle()
    {
        foreach (var family in _families) NativeMethods.rocksdb_column_family_handle_destroy(family);
        NativeMethods.rocksdb_close(handle);
        return true;
    }
}

/// <summary>A native object that must not outlive another one.</summary>
internal abstract class DependentHandle : NativeHandle
{
    private readonly SafeHandle _parent;
    private readonly bool _referenced;

    protected DependentHandle(SafeHandle parent, nint pointer) : base(pointer)
    {
        _parent = parent;
        parent.DangerousAddRef(ref _referenced);
    }

    protected SafeHandle Parent => _parent;

    protected abstract void Free();

    protected sealed override bool ReleaseHandle()
    {
        Free();
        if (_referenced) _parent.DangerousRelease();
        return true;
    }
}

internal sealed class SnapshotHandle(RocksDbHandle db, nint pointer) : DependentHandle(db, pointer)
{
    protected override void Free() => NativeMethods.rocksdb_release_snapshot(Parent.DangerousGetHandle(), handle);
}

internal sealed class CheckpointHandle(RocksDbHandle db, nint pointer) : DependentHandle(db, pointer)
{
    protected override void Free() => NativeMethods.rocksdb_checkpoint_object_destroy(handle);
}

/// <summary>The iterator points into its read options (bounds, snapshot), so these stay as long as it does.</summary>
internal sealed class IteratorHandle : DependentHandle
{
    private readonly ReadOptionsHandle _options;
    private readonly bool _referenced;

    public IteratorHandle(RocksDbHandle db, ReadOptionsHandle options, nint pointer) : base(db, pointer)
    {
        _options = options;
        options.DangerousAddRef(ref _referenced);
    }

    protected override void Free()
    {
        NativeMethods.rocksdb_iter_destroy(handle);
        if (_referenced) _options.DangerousRelease();
    }
}

internal sealed unsafe class ReadOptionsHandle() : NativeHandle(NativeMethods.rocksdb_readoptions_create())
{
    private SnapshotHandle? _snapshot;
    private byte* _lowerBound;
    private byte* _upperBound;

    public void SetSnapshot(SnapshotHandle? snapshot)
    {
        var referenced = false;
        snapshot?.DangerousAddRef(ref referenced);
        NativeMethods.rocksdb_readoptions_set_snapshot(this, snapshot?.DangerousGetHandle() ?? 0);
        _snapshot?.DangerousRelease();
        _snapshot = snapshot;
    }

    public void SetLowerBound(ReadOnlySpan<byte> key)
    {
        var copy = Copy(key);
        NativeMethods.rocksdb_readoptions_set_iterate_lower_bound(this, copy, (nuint)key.Length);
        NativeMemory.Free(_lowerBound);
        _lowerBound = copy;
    }

    public void SetUpperBound(ReadOnlySpan<byte> key)
    {
        var copy = Copy(key);
        NativeMethods.rocksdb_readoptions_set_iterate_upper_bound(this, copy, (nuint)key.Length);
        NativeMemory.Free(_upperBound);
        _upperBound = copy;
    }

    // One byte more, because a null pointer means "no bound".
    private static byte* Copy(ReadOnlySpan<byte> key)
    {
        var copy = (byte*)NativeMemory.Alloc((nuint)key.Length + 1);
        key.CopyTo(new Span<byte>(copy, key.Length));
        return copy;
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_readoptions_destroy(handle);
        NativeMemory.Free(_lowerBound);
        NativeMemory.Free(_upperBound);
        _snapshot?.DangerousRelease();
        return true;
    }
}

internal sealed class WriteOptionsHandle() : NativeHandle(NativeMethods.rocksdb_writeoptions_create())
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_writeoptions_destroy(handle);
        return true;
    }
}

internal sealed class WriteBatchHandle(nint pointer) : NativeHandle(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_writebatch_destroy(handle);
        return true;
    }
}

internal sealed class FlushOptionsHandle() : NativeHandle(NativeMethods.rocksdb_flushoptions_create())
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_flushoptions_destroy(handle);
        return true;
    }
}

internal sealed class OptionsHandle() : NativeHandle(NativeMethods.rocksdb_options_create())
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_options_destroy(handle);
        return true;
    }
}

internal sealed class TableOptionsHandle() : NativeHandle(NativeMethods.rocksdb_block_based_options_create())
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_block_based_options_destroy(handle);
        return true;
    }
}

internal sealed class CacheHandle(nint pointer) : NativeHandle(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.rocksdb_cache_destroy(handle);
        return true;
    }
}
