using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

public enum Compression
{
    None = 0,
    Lz4 = 4,
    Zstd = 7,
}

public enum InfoLogLevel
{
    Debug = 0,
    Info = 1,
    Warn = 2,
    Error = 3,
}

/// <summary>Options of the whole database. May be disposed once the database is open.</summary>
public sealed class DbOptions : IDisposable
{
    internal OptionsHandle Handle { get; } = new();

    public DbOptions SetCreateIfMissing(bool value = true) => With(() => NativeMethods.rocksdb_options_set_create_if_missing(Handle, Flag(value)));

    public DbOptions SetCreateMissingColumnFamilies(bool value = true) => With(() => NativeMethods.rocksdb_options_set_create_missing_column_families(Handle, Flag(value)));

    public DbOptions SetParanoidChecks(bool value = true) => With(() => NativeMethods.rocksdb_options_set_paranoid_checks(Handle, Flag(value)));

    /// <summary>All column families flush as one, which is what keeps them consistent without a write-ahead log.</summary>
    public DbOptions SetAtomicFlush(bool value = true) => With(() => NativeMethods.rocksdb_options_set_atomic_flush(Handle, Flag(value)));

    /// <summary>Flushes and compactions at once. The threads are shared by all databases of the process.</summary>
    public DbOptions SetMaxBackgroundJobs(int value) => With(() => NativeMethods.rocksdb_options_set_max_background_jobs(Handle, value));

    /// <summary>-1: no limit.</summary>
    public DbOptions SetMaxOpenFiles(int value) => With(() => NativeMethods.rocksdb_options_set_max_open_files(Handle, value));

    /// <summary>Bytes of all memtables of the database before a flush begins.</summary>
    public DbOptions SetDbWriteBufferSize(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_db_write_buffer_size(Handle, (nuint)sizeBytes));

    public DbOptions SetBytesPerSync(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_bytes_per_sync(Handle, (ulong)sizeBytes));

    public DbOptions SetKeepLogFileNum(int value) => With(() => NativeMethods.rocksdb_options_set_keep_log_file_num(Handle, (nuint)value));

    public DbOptions SetMaxLogFileSize(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_max_log_file_size(Handle, (nuint)sizeBytes));

    public DbOptions SetInfoLogLevel(InfoLogLevel value) => With(() => NativeMethods.rocksdb_options_set_info_log_level(Handle, (int)value));

    /// <summary>0 switches the periodic dump off.</summary>
    public DbOptions SetStatsDumpPeriodSec(int value) => With(() => NativeMethods.rocksdb_options_set_stats_dump_period_sec(Handle, (uint)value));

    /// <summary>0 switches the periodic statistics off.</summary>
    public DbOptions SetStatsPersistPeriodSec(int value) => With(() => NativeMethods.rocksdb_options_set_stats_persist_period_sec(Handle, (uint)value));

    /// <summary>Opens faster: compaction priorities are then learned while running.</summary>
    public DbOptions SetSkipStatsUpdateOnDbOpen(bool value = true) => With(() => NativeMethods.rocksdb_options_set_skip_stats_update_on_db_open(Handle, Flag(value)));

    public void Dispose() => Handle.Dispose();

    internal static byte Flag(bool value) => value ? (byte)1 : (byte)0;

    private DbOptions With(Action set)
    {
        set();
        return this;
    }
}

/// <summary>Options of one column family. May be disposed once the database is open.</summary>
public sealed class ColumnFamilyOptions : IDisposable
{
    internal OptionsHandle Handle { get; } = new();

    /// <summary>Bytes of one memtable.</summary>
    public ColumnFamilyOptions SetWriteBufferSize(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_write_buffer_size(Handle, (nuint)sizeBytes));

    /// <summary>Memtables in memory, the one being filled included; writes stall when all are full.</summary>
    public ColumnFamilyOptions SetMaxWriteBufferNumber(int value) => With(() => NativeMethods.rocksdb_options_set_max_write_buffer_number(Handle, value));

    public ColumnFamilyOptions SetCompression(Compression value) => With(() => NativeMethods.rocksdb_options_set_compression(Handle, (int)value));

    public ColumnFamilyOptions SetBottommostCompression(Compression value) => With(() => NativeMethods.rocksdb_options_set_bottommost_compression(Handle, (int)value));

    public ColumnFamilyOptions SetTargetFileSizeBase(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_target_file_size_base(Handle, (ulong)sizeBytes));

    public ColumnFamilyOptions SetLevelCompactionDynamicLevelBytes(bool value = true) => With(() => NativeMethods.rocksdb_options_set_level_compaction_dynamic_level_bytes(Handle, DbOptions.Flag(value)));

    public ColumnFamilyOptions SetDisableAutoCompactions(bool value = true) => With(() => NativeMethods.rocksdb_options_set_disable_auto_compactions(Handle, value ? 1 : 0));

    /// <summary>Values from <see cref="SetMinBlobSize"/> on are kept in blob files, apart from their keys.</summary>
    public ColumnFamilyOptions SetEnableBlobFiles(bool value = true) => With(() => NativeMethods.rocksdb_options_set_enable_blob_files(Handle, DbOptions.Flag(value)));

    public ColumnFamilyOptions SetMinBlobSize(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_min_blob_size(Handle, (ulong)sizeBytes));

    public ColumnFamilyOptions SetBlobFileSize(long sizeBytes) => With(() => NativeMethods.rocksdb_options_set_blob_file_size(Handle, (ulong)sizeBytes));

    public ColumnFamilyOptions SetBlobCompression(Compression value) => With(() => NativeMethods.rocksdb_options_set_blob_compression_type(Handle, (int)value));

    /// <summary>Compaction moves live values out of the oldest blob files, so that these can go.</summary>
    /// <param name="value">On or off.</param>
    /// <param name="ageCutoff">The oldest part of all blob files that is looked at, 0 to 1.</param>
    public ColumnFamilyOptions SetEnableBlobGc(bool value = true, double ageCutoff = 0.25) => With(() =>
    {
        NativeMethods.rocksdb_options_set_enable_blob_gc(Handle, DbOptions.Flag(value));
        NativeMethods.rocksdb_options_set_blob_gc_age_cutoff(Handle, ageCutoff);
    });

    public ColumnFamilyOptions SetBlobCache(Cache cache) => With(() => NativeMethods.rocksdb_options_set_blob_cache(Handle, cache.Handle));

    /// <summary>A file in which <paramref name="trigger"/> of <paramref name="window"/> neighbouring entries are deletions is compacted soon, so that scans do not wade through them.</summary>
    public ColumnFamilyOptions AddCompactOnDeletionCollector(int window, int trigger) => With(() => NativeMethods.rocksdb_options_add_compact_on_deletion_collector_factory(Handle, (nuint)window, (nuint)trigger));

    public ColumnFamilyOptions SetBlockBasedTableFactory(BlockBasedTableOptions table) => With(() => NativeMethods.rocksdb_options_set_block_based_table_factory(Handle, table.Handle));

    public void Dispose() => Handle.Dispose();

    private ColumnFamilyOptions With(Action set)
    {
        set();
        return this;
    }
}

/// <summary>How the files of a column family are laid out and cached.</summary>
public sealed class BlockBasedTableOptions : IDisposable
{
    // Has the checksums and filters of every librocksdb that is supported (7.8 writes up to 5).
    private const int FormatVersion = 5;

    public BlockBasedTableOptions() => NativeMethods.rocksdb_block_based_options_set_format_version(Handle, FormatVersion);

    internal TableOptionsHandle Handle { get; } = new();

    public BlockBasedTableOptions SetBlockSize(int sizeBytes)
    {
        NativeMethods.rocksdb_block_based_options_set_block_size(Handle, (nuint)sizeBytes);
        return this;
    }

    /// <summary>One cache may serve many column families and databases.</summary>
    public BlockBasedTableOptions SetBlockCache(Cache cache)
    {
        NativeMethods.rocksdb_block_based_options_set_block_cache(Handle, cache.Handle);
        return this;
    }

    /// <summary>Counts index and filter blocks into the cache's bound; those of level 0 stay pinned.</summary>
    public BlockBasedTableOptions SetCacheIndexAndFilterBlocks(bool value = true)
    {
        NativeMethods.rocksdb_block_based_options_set_cache_index_and_filter_blocks(Handle, DbOptions.Flag(value));
        NativeMethods.rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(Handle, DbOptions.Flag(value));
        return this;
    }

    /// <summary>10 bits a key give about 1 % false positives.</summary>
    public BlockBasedTableOptions SetBloomFilter(double bitsPerKey)
    {
        // The table options take the policy over.
        NativeMethods.rocksdb_block_based_options_set_filter_policy(Handle, NativeMethods.rocksdb_filterpolicy_create_bloom_full(bitsPerKey));
        return this;
    }

    public void Dispose() => Handle.Dispose();
}

/// <summary>A cache of blocks with a bound on its bytes. Databases that use it keep it alive.</summary>
public sealed class Cache : IDisposable
{
    private Cache(CacheHandle handle) => Handle = handle;

    internal CacheHandle Handle { get; }

    public static Cache CreateLru(long capacityBytes) => new(new CacheHandle(NativeMethods.rocksdb_cache_create_lru((nuint)capacityBytes)));

    public long CapacityBytes => (long)NativeMethods.rocksdb_cache_get_capacity(Handle);

    public long UsageBytes => (long)NativeMethods.rocksdb_cache_get_usage(Handle);

    public void Dispose() => Handle.Dispose();
}
