using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>Where a read may look. The values are RocksDB's.</summary>
public enum ReadTier
{
    All = 0,

    /// <summary>Memory only: a read that would need the device fails with <see cref="RocksDbException.IsIncomplete"/>.</summary>
    BlockCache = 1,
}

/// <summary>How to read. Not to be changed while reads with it run. An iterator keeps its options alive.</summary>
public sealed class ReadOptions : IDisposable
{
    internal ReadOptionsHandle Handle { get; } = new();

    /// <summary>Reads the state at the snapshot, which stays alive as long as these options; null reads the newest.</summary>
    public ReadOptions SetSnapshot(Snapshot? snapshot)
    {
        Handle.SetSnapshot(snapshot?.Handle);
        return this;
    }

    public ReadOptions SetFillCache(bool value)
    {
        NativeMethods.rocksdb_readoptions_set_fill_cache(Handle, DbOptions.Flag(value));
        return this;
    }

    public ReadOptions SetVerifyChecksums(bool value)
    {
        NativeMethods.rocksdb_readoptions_set_verify_checksums(Handle, DbOptions.Flag(value));
        return this;
    }

    /// <summary>Iterators see no key below it. The bytes are copied.</summary>
    public ReadOptions SetIterateLowerBound(ReadOnlySpan<byte> key)
    {
        Handle.SetLowerBound(key);
        return this;
    }

    /// <summary>Iterators see no key at or above it. The bytes are copied.</summary>
    public ReadOptions SetIterateUpperBound(ReadOnlySpan<byte> key)
    {
        Handle.SetUpperBound(key);
        return this;
    }

    public ReadOptions SetReadTier(ReadTier value)
    {
        NativeMethods.rocksdb_readoptions_set_read_tier(Handle, (int)value);
        return this;
    }

    public ReadOptions SetReadaheadSize(int sizeBytes)
    {
        NativeMethods.rocksdb_readoptions_set_readahead_size(Handle, (nuint)sizeBytes);
        return this;
    }

    /// <summary>Files that an iterator kept alive are unlinked in the background and not in its Dispose.</summary>
    public ReadOptions SetBackgroundPurgeOnIteratorCleanup(bool value = true)
    {
        NativeMethods.rocksdb_readoptions_set_background_purge_on_iterator_cleanup(Handle, DbOptions.Flag(value));
        return this;
    }

    public void Dispose() => Handle.Dispose();
}

public sealed class WriteOptions : IDisposable
{
    internal WriteOptionsHandle Handle { get; } = new();

    /// <summary>Without the write-ahead log, what was not flushed is gone after a crash: the caller replays it.</summary>
    public WriteOptions DisableWal(bool value = true)
    {
        NativeMethods.rocksdb_writeoptions_disable_WAL(Handle, value ? 1 : 0);
        return this;
    }

    public WriteOptions SetSync(bool value)
    {
        NativeMethods.rocksdb_writeoptions_set_sync(Handle, DbOptions.Flag(value));
        return this;
    }

    public void Dispose() => Handle.Dispose();
}
