using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ObjectStore.Rocks.Native;

/// <summary>The calls of rocksdb/c.h that are in use, and no others. Lengths are size_t, booleans unsigned char.</summary>
[SuppressMessage("Style", "IDE1006", Justification = "The names are those of the C API.")]
internal static unsafe partial class NativeMethods
{
    private const string Lib = NativeLibraryResolver.LibraryName;

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, NativeLibraryResolver.Resolve);

    [LibraryImport(Lib)] public static partial void rocksdb_free(nint pointer);

    // --- Database
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rocksdb_open_column_families(OptionsHandle options, string path, int count, byte** names, nint* options2, nint* handles, out nint error);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte** rocksdb_list_column_families(OptionsHandle options, string path, out nuint count, out nint error);
    [LibraryImport(Lib)] public static partial void rocksdb_list_column_families_destroy(byte** list, nuint count);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void rocksdb_destroy_db(OptionsHandle options, string path, out nint error);
    [LibraryImport(Lib)] public static partial void rocksdb_close(nint db);
    [LibraryImport(Lib)] public static partial void rocksdb_column_family_handle_destroy(nint family);
    [LibraryImport(Lib)] public static partial void rocksdb_cancel_all_background_work(RocksDbHandle db, byte wait);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rocksdb_property_value_cf(RocksDbHandle db, nint family, string name);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rocksdb_property_int_cf(RocksDbHandle db, nint family, string name, out ulong value);
    [LibraryImport(Lib)] public static partial void rocksdb_compact_range_cf(RocksDbHandle db, nint family, byte* from, nuint fromLength, byte* to, nuint toLength);
    [LibraryImport(Lib)] public static partial void rocksdb_flush_cf(RocksDbHandle db, FlushOptionsHandle options, nint family, out nint error);
    // Only in 8.x and newer: see RocksDb.FlushAll.
    [LibraryImport(Lib)] public static partial void rocksdb_flush_cfs(RocksDbHandle db, FlushOptionsHandle options, nint* families, int count, out nint error);
    [LibraryImport(Lib)] public static partial nint rocksdb_flushoptions_create();
    [LibraryImport(Lib)] public static partial void rocksdb_flushoptions_destroy(nint options);
    [LibraryImport(Lib)] public static partial void rocksdb_flushoptions_set_wait(FlushOptionsHandle options, byte wait);

    // --- Checkpoint
    [LibraryImport(Lib)] public static partial nint rocksdb_checkpoint_object_create(RocksDbHandle db, out nint error);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void rocksdb_checkpoint_create(CheckpointHandle checkpoint, string directory, ulong logSizeForFlush, out nint error);
    [LibraryImport(Lib)] public static partial void rocksdb_checkpoint_object_destroy(nint checkpoint);

    // --- Reads
    [LibraryImport(Lib)] public static partial nint rocksdb_get_pinned_cf(RocksDbHandle db, ReadOptionsHandle options, nint family, byte* key, nuint keyLength, out nint error);
    [LibraryImport(Lib)] public static partial void rocksdb_pinnableslice_destroy(nint slice);
    [LibraryImport(Lib), SuppressGCTransition] public static partial byte* rocksdb_pinnableslice_value(nint slice, out nuint length);
    [LibraryImport(Lib)] public static partial nint rocksdb_create_snapshot(RocksDbHandle db);
    [LibraryImport(Lib)] public static partial void rocksdb_release_snapshot(nint db, nint snapshot);
    [LibraryImport(Lib)] public static partial nint rocksdb_readoptions_create();
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_destroy(nint options);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_verify_checksums(ReadOptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_fill_cache(ReadOptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_snapshot(ReadOptionsHandle options, nint snapshot);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_iterate_upper_bound(ReadOptionsHandle options, byte* key, nuint length);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_iterate_lower_bound(ReadOptionsHandle options, byte* key, nuint length);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_readahead_size(ReadOptionsHandle options, nuint bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_read_tier(ReadOptionsHandle options, int tier);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_total_order_seek(ReadOptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_readoptions_set_background_purge_on_iterator_cleanup(ReadOptionsHandle options, byte value);

    // --- Iterators. The accessors only read fields, so they skip the transition.
    [LibraryImport(Lib)] public static partial nint rocksdb_create_iterator_cf(RocksDbHandle db, ReadOptionsHandle options, nint family);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_destroy(nint iterator);
    [LibraryImport(Lib), SuppressGCTransition] public static partial byte rocksdb_iter_valid(nint iterator);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_seek_to_first(nint iterator);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_seek_to_last(nint iterator);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_seek(nint iterator, byte* key, nuint length);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_seek_for_prev(nint iterator, byte* key, nuint length);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_next(nint iterator);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_prev(nint iterator);
    [LibraryImport(Lib), SuppressGCTransition] public static partial byte* rocksdb_iter_key(nint iterator, out nuint length);
    // May read a blob file, so it is a full call.
    [LibraryImport(Lib)] public static partial byte* rocksdb_iter_value(nint iterator, out nuint length);
    [LibraryImport(Lib)] public static partial void rocksdb_iter_get_error(nint iterator, out nint error);

    // --- Writes
    [LibraryImport(Lib)] public static partial void rocksdb_write(RocksDbHandle db, WriteOptionsHandle options, WriteBatchHandle batch, out nint error);
    [LibraryImport(Lib)] public static partial nint rocksdb_writeoptions_create();
    [LibraryImport(Lib)] public static partial void rocksdb_writeoptions_destroy(nint options);
    [LibraryImport(Lib)] public static partial void rocksdb_writeoptions_disable_WAL(WriteOptionsHandle options, int disable);
    [LibraryImport(Lib)] public static partial void rocksdb_writeoptions_set_sync(WriteOptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial nint rocksdb_writebatch_create();
    [LibraryImport(Lib)] public static partial nint rocksdb_writebatch_create_from(byte* bytes, nuint length);
    [LibraryImport(Lib)] public static partial void rocksdb_writebatch_destroy(nint batch);
    [LibraryImport(Lib)] public static partial void rocksdb_writebatch_clear(WriteBatchHandle batch);
    [LibraryImport(Lib)] public static partial int rocksdb_writebatch_count(WriteBatchHandle batch);
    [LibraryImport(Lib)] public static partial void rocksdb_writebatch_put_cf(WriteBatchHandle batch, nint family, byte* key, nuint keyLength, byte* value, nuint valueLength);
    [LibraryImport(Lib)] public static partial void rocksdb_writebatch_delete_cf(WriteBatchHandle batch, nint family, byte* key, nuint keyLength);
    [LibraryImport(Lib)] public static partial void rocksdb_writebatch_delete_range_cf(WriteBatchHandle batch, nint family, byte* from, nuint fromLength, byte* to, nuint toLength);
    [LibraryImport(Lib)] public static partial byte* rocksdb_writebatch_data(WriteBatchHandle batch, out nuint length);

    // --- Options
    [LibraryImport(Lib)] public static partial nint rocksdb_options_create();
    [LibraryImport(Lib)] public static partial void rocksdb_options_destroy(nint options);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_create_if_missing(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_create_missing_column_families(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_paranoid_checks(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_atomic_flush(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_max_background_jobs(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_max_open_files(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_db_write_buffer_size(OptionsHandle options, nuint bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_write_buffer_size(OptionsHandle options, nuint bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_max_write_buffer_number(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_bytes_per_sync(OptionsHandle options, ulong bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_keep_log_file_num(OptionsHandle options, nuint value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_max_log_file_size(OptionsHandle options, nuint bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_info_log_level(OptionsHandle options, int level);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_stats_dump_period_sec(OptionsHandle options, uint seconds);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_stats_persist_period_sec(OptionsHandle options, uint seconds);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_skip_stats_update_on_db_open(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_compression(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_bottommost_compression(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_blob_compression_type(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_enable_blob_files(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_min_blob_size(OptionsHandle options, ulong bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_blob_file_size(OptionsHandle options, ulong bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_enable_blob_gc(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_blob_gc_age_cutoff(OptionsHandle options, double value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_blob_cache(OptionsHandle options, CacheHandle cache);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_level_compaction_dynamic_level_bytes(OptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_target_file_size_base(OptionsHandle options, ulong bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_disable_auto_compactions(OptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_options_add_compact_on_deletion_collector_factory(OptionsHandle options, nuint window, nuint trigger);
    [LibraryImport(Lib)] public static partial void rocksdb_options_set_block_based_table_factory(OptionsHandle options, TableOptionsHandle table);

    // --- Tables and cache
    [LibraryImport(Lib)] public static partial nint rocksdb_block_based_options_create();
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_destroy(nint options);
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_set_block_size(TableOptionsHandle options, nuint bytes);
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_set_block_cache(TableOptionsHandle options, CacheHandle cache);
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(TableOptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(TableOptionsHandle options, byte value);
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_set_format_version(TableOptionsHandle options, int value);
    [LibraryImport(Lib)] public static partial void rocksdb_block_based_options_set_filter_policy(TableOptionsHandle options, nint policy);
    [LibraryImport(Lib)] public static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);
    [LibraryImport(Lib)] public static partial nint rocksdb_cache_create_lru(nuint capacityBytes);
    [LibraryImport(Lib)] public static partial void rocksdb_cache_destroy(nint cache);
    [LibraryImport(Lib)] public static partial nuint rocksdb_cache_get_usage(CacheHandle cache);
    [LibraryImport(Lib)] public static partial nuint rocksdb_cache_get_capacity(CacheHandle cache);
}
