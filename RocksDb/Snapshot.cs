using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>The state of a database at one moment. Dispose it: it keeps old versions from being compacted away.</summary>
public sealed class Snapshot : IDisposable
{
    internal Snapshot(SnapshotHandle handle) => Handle = handle;

    internal SnapshotHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}

/// <summary>Makes openable copies of a database by hard links.</summary>
public sealed class Checkpoint : IDisposable
{
    private readonly CheckpointHandle _handle;

    internal Checkpoint(CheckpointHandle handle) => _handle = handle;

    /// <summary>Flushes, and makes the copy in a directory that must not exist yet. Files are linked on the same file system, else copied.</summary>
    public void Save(string directory)
    {
        NativeMethods.rocksdb_checkpoint_create(_handle, directory, 0, out var error);
        RocksDbException.ThrowIfSet(error);
    }

    public void Dispose() => _handle.Dispose();
}
