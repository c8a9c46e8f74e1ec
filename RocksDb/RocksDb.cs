using System.Runtime.InteropServices;
using System.Text;
using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>
/// An open RocksDB database. All members may be called from any thread. It closes when it is disposed and its last
/// iterator, snapshot and checkpoint is; closing flushes the memtables.
/// </summary>
public sealed unsafe class RocksDb : IDisposable
{
    private static readonly ReadOptions DefaultReadOptions = new();
    private static readonly WriteOptions DefaultWriteOptions = new();
    private readonly RocksDbHandle _handle;
    private readonly Dictionary<string, ColumnFamilyHandle> _families = new(StringComparer.Ordinal);
    private readonly Lock _flushLock = new();

    private RocksDb(RocksDbHandle handle, string path)
    {
        _handle = handle;
        Path = path;
    }

    public string Path { get; }

    public ColumnFamilyHandle DefaultColumnFamily => _families[ColumnFamilies.DefaultName];

    /// <param name="options">Options of the database.</param>
    /// <param name="path">Its directory.</param>
    /// <param name="families">All families that it has, or with SetCreateMissingColumnFamilies will have; null: only the default one.</param>
    /// <exception cref="RocksDbException">It cannot be opened: locked by another process, damaged, unknown families.</exception>
    public static RocksDb Open(DbOptions options, string path, ColumnFamilies? families = null)
    {
        using var defaults = new ColumnFamilyOptions();
        var descriptors = families?.ToList() ?? [];
        if (!descriptors.Exists(d => d.Name == ColumnFamilies.DefaultName))
            descriptors.Insert(0, new ColumnFamilies.Descriptor(ColumnFamilies.DefaultName, defaults));

        DeleteDirectory(FlushDirectory(path));
        var handles = new nint[descriptors.Count];
        var database = new RocksDb(new RocksDbHandle(OpenNative(options, path, descriptors, handles)), path);
        database._handle.Own(handles);
        for (var i = 0; i < handles.Length; i++)
            database._families.Add(descriptors[i].Name, new ColumnFamilyHandle(descriptors[i].Name, handles[i]));
        return database;
    }

    /// <summary>The column families that a closed database has.</summary>
    public static IReadOnlyList<string> ListColumnFamilies(DbOptions options, string path)
    {
        var list = NativeMethods.rocksdb_list_column_families(options.Handle, path, out var count, out var error);
        RocksDbException.ThrowIfSet(error);
        var names = new string[(int)count];
        for (var i = 0; i < names.Length; i++) names[i] = Marshal.PtrToStringUTF8((nint)list[i])!;
        NativeMethods.rocksdb_list_column_families_destroy(list, count);
        return names;
    }

    /// <summary>Deletes a closed database's files.</summary>
    public static void Destroy(DbOptions options, string path)
    {
        NativeMethods.rocksdb_destroy_db(options.Handle, path, out var error);
        RocksDbException.ThrowIfSet(error);
    }

    /// <exception cref="KeyNotFoundException">It was not opened with this family.</exception>
    public ColumnFamilyHandle GetColumnFamily(string name) => _families[name];

    /// <summary>A copy of the value, or null.</summary>
    public byte[]? Get(ReadOnlySpan<byte> key, ColumnFamilyHandle? family = null, ReadOptions? options = null)
    {
        using var value = GetPinned(key, family, options);
        return value.Found ? value.Span.ToArray() : null;
    }

    /// <summary>Copies as much of the value as <paramref name="destination"/> takes. Returns the value's whole length, or -1 if there is none.</summary>
    public int Get(ReadOnlySpan<byte> key, Span<byte> destination, ColumnFamilyHandle? family = null, ReadOptions? options = null)
    {
        using var value = GetPinned(key, family, options);
        if (!value.Found) return -1;
        var span = value.Span;
        span[..Math.Min(span.Length, destination.Length)].CopyTo(destination);
        return span.Length;
    }

    /// <summary>The value in RocksDB's own memory. Dispose it before the database.</summary>
    public PinnedValue GetPinned(ReadOnlySpan<byte> key, ColumnFamilyHandle? family = null, ReadOptions? options = null)
    {
        nint slice, error;
        fixed (byte* k = key)
            slice = NativeMethods.rocksdb_get_pinned_cf(_handle, (options ?? DefaultReadOptions).Handle, Pointer(family), k, (nuint)key.Length, out error);
        RocksDbException.ThrowIfSet(error);
        return new PinnedValue(slice);
    }

    public void Write(WriteBatch batch, WriteOptions? options = null)
    {
        NativeMethods.rocksdb_write(_handle, (options ?? DefaultWriteOptions).Handle, batch.Handle, out var error);
        RocksDbException.ThrowIfSet(error);
    }

    /// <summary>An iterator that stands nowhere yet: seek first.</summary>
    public Iterator NewIterator(ColumnFamilyHandle? family = null, ReadOptions? options = null)
    {
        var readOptions = (options ?? DefaultReadOptions).Handle;
        var pointer = NativeMethods.rocksdb_create_iterator_cf(_handle, readOptions, Pointer(family));
        return new Iterator(new IteratorHandle(_handle, readOptions, pointer));
    }

    public Snapshot CreateSnapshot() => new(new SnapshotHandle(_handle, NativeMethods.rocksdb_create_snapshot(_handle)));

    public Checkpoint Checkpoint()
    {
        var pointer = NativeMethods.rocksdb_checkpoint_object_create(_handle, out var error);
        RocksDbException.ThrowIfSet(error);
        return new Checkpoint(new CheckpointHandle(_handle, pointer));
    }

    /// <summary>Writes one family's memtable to a file. See <see cref="FlushAll"/> for databases with atomic flush.</summary>
    /// <param name="family">The family; null: the default one.</param>
    /// <param name="wait">Whether to return only when the files are durable.</param>
    public void Flush(ColumnFamilyHandle? family = null, bool wait = true)
    {
        using var options = new FlushOptionsHandle();
        NativeMethods.rocksdb_flushoptions_set_wait(options, DbOptions.Flag(wait));
        NativeMethods.rocksdb_flush_cf(_handle, options, Pointer(family), out var error);
        RocksDbException.ThrowIfSet(error);
    }

    /// <summary>Writes the memtables of all families to files, as one if the database has atomic flush. Durable when it returns.</summary>
    public void FlushAll()
    {
        lock (_flushLock)
        {
            if (NativeLibraryResolver.HasExport(nameof(NativeMethods.rocksdb_flush_cfs)))
                FlushFamilies();
            else
                FlushByCheckpoint();
        }
    }

    /// <summary>Compacts [from, to); empty means the first or last key.</summary>
    public void CompactRange(ColumnFamilyHandle? family = null, ReadOnlySpan<byte> from = default, ReadOnlySpan<byte> to = default)
    {
        fixed (byte* f = from, t = to)
            NativeMethods.rocksdb_compact_range_cf(_handle, Pointer(family), f, (nuint)from.Length, t, (nuint)to.Length);
    }

    /// <summary>A property such as "rocksdb.stats", or null if it is not known.</summary>
    public string? GetProperty(string name, ColumnFamilyHandle? family = null)
    {
        var pointer = NativeMethods.rocksdb_property_value_cf(_handle, Pointer(family), name);
        if (pointer == 0) return null;
        var value = Marshal.PtrToStringUTF8(pointer);
        NativeMethods.rocksdb_free(pointer);
        return value;
    }

    /// <summary>A property that is a number, such as "rocksdb.estimate-num-keys", or null if it is not known.</summary>
    public ulong? GetIntProperty(string name, ColumnFamilyHandle? family = null) =>
        NativeMethods.rocksdb_property_int_cf(_handle, Pointer(family), name, out var value) == 0 ? value : null;

    /// <summary>Stops flushes and compactions for good; use it only before closing.</summary>
    public void CancelAllBackgroundWork(bool wait) => NativeMethods.rocksdb_cancel_all_background_work(_handle, DbOptions.Flag(wait));

    public void Dispose() => _handle.Dispose();

    private void FlushFamilies()
    {
        var families = _families.Values.Select(f => f.Pointer).ToArray();
        using var options = new FlushOptionsHandle();
        nint error;
        fixed (nint* f = families) NativeMethods.rocksdb_flush_cfs(_handle, options, f, families.Length, out error);
        RocksDbException.ThrowIfSet(error);
    }

    // The C API of 7.x flushes one family at a time, which is not atomic (measured: the others keep their memtables).
    // A checkpoint is the call that flushes all of them as one; its hard links are thrown away.
    private void FlushByCheckpoint()
    {
        var directory = FlushDirectory(Path);
        DeleteDirectory(directory);
        using (var checkpoint = Checkpoint()) checkpoint.Save(directory);
        DeleteDirectory(directory);
    }

    private static string FlushDirectory(string path) => System.IO.Path.TrimEndingDirectorySeparator(path) + ".flush";

    private static void DeleteDirectory(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }

    private nint Pointer(ColumnFamilyHandle? family) => (family ?? DefaultColumnFamily).Pointer;

    private static nint OpenNative(DbOptions options, string path, List<ColumnFamilies.Descriptor> descriptors, nint[] handles)
    {
        var count = descriptors.Count;
        var names = stackalloc byte*[count];
        var familyOptions = stackalloc nint[count];
        try
        {
            for (var i = 0; i < count; i++)
            {
                names[i] = (byte*)Marshal.StringToCoTaskMemUTF8(descriptors[i].Name);
                familyOptions[i] = descriptors[i].Options.Handle.DangerousGetHandle();
            }
            nint db, error;
            fixed (nint* h = handles)
                db = NativeMethods.rocksdb_open_column_families(options.Handle, path, count, names, familyOptions, h, out error);
            RocksDbException.ThrowIfSet(error);
            return db;
        }
        finally
        {
            for (var i = 0; i < count; i++) Marshal.FreeCoTaskMem((nint)names[i]);
            GC.KeepAlive(descriptors);
        }
    }
}
