using System.Buffers.Binary;
using ObjectStore.Rocks;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Index;

/// <summary>What lives in one file.</summary>
internal readonly record struct FileUsage(long Records, long Bytes);

/// <summary>An entry that left the index, in batch <paramref name="Batch"/>; its space may be freed once that batch is flushed.</summary>
/// <param name="FreesExtent">Whether its extent is free too: not when only its commit record was copied forward.</param>
internal readonly record struct DroppedEntry(IndexEntry Entry, long Batch, bool FreesExtent);

/// <summary>
/// Blob and shard to place: a cache over the log that can be rebuilt from it. It must not be called on threads of
/// the pool where a device that hangs could hold them, except <see cref="TryFindCached"/>.
/// Faults of RocksDB surface as <see cref="RocksDbException"/>; the drive latches on them.
/// </summary>
internal sealed class DriveIndex : IDisposable
{
    private const long WriteBufferBytes = 8L << 20;
    private const long OwnCacheBytes = 8L << 20;
    private const int ScanPageEntries = 1024;
    private readonly RocksDb _db;
    private readonly ReadOptions _cachedOnly = new ReadOptions().SetReadTier(ReadTier.BlockCache);
    private readonly WriteOptions _noWal = new WriteOptions().DisableWal();
    private readonly Dictionary<FileKey, FileUsage> _usage = [];
    private readonly Lock _gate = new();
    private long _batch;
    private long _flushedBatch;

    private DriveIndex(RocksDb db) => _db = db;

    /// <summary>How far into the log this index reaches: the start in one that is new.</summary>
    public LogMark Position { get; private set; }

    /// <summary>Batches up to this one are in files of RocksDB, fsynced.</summary>
    public long FlushedBatch => Volatile.Read(ref _flushedBatch);

    public long LastBatch => Volatile.Read(ref _batch);

    /// <summary>Called within the index's lock for every entry that a batch drops; must be short.</summary>
    public Action<DroppedEntry>? Dropped { get; set; }

    /// <exception cref="RocksDbException">It cannot be opened; unless another process has it, delete it and rebuild.</exception>
    public static DriveIndex Open(string directory, Cache? cache)
    {
        using var own = cache is null ? Cache.CreateLru(OwnCacheBytes) : null;
        using var options = new DbOptions()
            .SetCreateIfMissing()
            .SetParanoidChecks()
            .SetMaxOpenFiles(256)
            .SetKeepLogFileNum(2)
            .SetMaxLogFileSize(1L << 20)
            .SetInfoLogLevel(InfoLogLevel.Warn)
            .SetStatsDumpPeriodSec(0)
            .SetStatsPersistPeriodSec(0)
            .SetSkipStatsUpdateOnDbOpen();
        using var table = new BlockBasedTableOptions().SetBlockCache(cache ?? own!).SetCacheIndexAndFilterBlocks().SetBloomFilter(10);
        using var family = new ColumnFamilyOptions()
            .SetWriteBufferSize(WriteBufferBytes)
            .SetMaxWriteBufferNumber(4)
            .SetCompression(Compression.None)
            .SetLevelCompactionDynamicLevelBytes()
            .SetBlockBasedTableFactory(table);
        var db = RocksDb.Open(options, directory, new ColumnFamilies { { ColumnFamilies.DefaultName, family } });
        var index = new DriveIndex(db);
        try
        {
            index.Load();
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <exception cref="IndexDamagedException">The row is there and does not verify.</exception>
    public IndexEntry? Find(BlobId blob, int shard)
    {
        Span<byte> key = stackalloc byte[IndexKeys.EntryBytes];
        IndexKeys.WriteEntry(key, blob, shard);
        return Find(key, null);
    }

    /// <summary>Like <see cref="Find(BlobId, int)"/> but never touches the device: false if it would have to.</summary>
    public bool TryFindCached(BlobId blob, int shard, out IndexEntry? entry)
    {
        Span<byte> key = stackalloc byte[IndexKeys.EntryBytes];
        IndexKeys.WriteEntry(key, blob, shard);
        try
        {
            entry = Find(key, _cachedOnly);
            return true;
        }
        catch (RocksDbException e) when (e.IsIncomplete)
        {
            entry = null;
            return false;
        }
    }

    public FileUsage Usage(FileKey file)
    {
        lock (_gate) return _usage.GetValueOrDefault(file);
    }

    public IReadOnlyDictionary<FileKey, FileUsage> AllUsage()
    {
        lock (_gate) return new Dictionary<FileKey, FileUsage>(_usage);
    }

    /// <summary>Applies changes in order, as one batch together with the position.</summary>
    /// <param name="changes">What happened; see <see cref="IndexChange"/>.</param>
    /// <param name="position">Null leaves the position where it is.</param>
    public void Apply(IReadOnlyList<IndexChange> changes, LogMark? position)
    {
        lock (_gate)
        {
            using var batch = new IndexBatch(this, _batch + 1);
            foreach (var change in changes) batch.Add(change);
            batch.Write(position);
        }
    }

    /// <summary>Durable in RocksDB's files when it returns: everything that was applied before the call.</summary>
    public void Flush()
    {
        var covered = LastBatch;
        _db.Flush();
        lock (_gate) Volatile.Write(ref _flushedBatch, Math.Max(_flushedBatch, covered));
    }

    /// <summary>Up to <paramref name="limit"/> entries at or after <paramref name="from"/>, in the order of (blob, shard).</summary>
    public List<(BlobId Blob, int Shard, IndexEntry Entry)> Page(BlobId from, int fromShard, int limit)
    {
        var page = new List<(BlobId, int, IndexEntry)>(limit);
        using var options = new ReadOptions().SetIterateUpperBound(IndexKeys.EntriesTo).SetFillCache(false);
        using var rows = _db.NewIterator(options: options);
        for (var more = rows.Seek(IndexKeys.Entry(from, fromShard)); more && page.Count < limit; more = rows.Next())
        {
            if (!IndexKeys.TryReadEntry(rows.Key, out var blob, out var shard)) throw new IndexDamagedException("A key of the index is malformed.");
            page.Add((blob, shard, Decode(rows.Key, rows.Value)));
        }
        return page;
    }

    /// <summary>All entries, in pages, for the background.</summary>
    public IEnumerable<(BlobId Blob, int Shard, IndexEntry Entry)> Scan()
    {
        var (blob, shard) = (default(BlobId), 0);
        while (true)
        {
            var page = Page(blob, shard, ScanPageEntries);
            foreach (var row in page) yield return row;
            if (page.Count < ScanPageEntries) yield break;
            (blob, shard) = (page[^1].Blob, page[^1].Shard + 1);
        }
    }

    public void Dispose()
    {
        _cachedOnly.Dispose();
        _noWal.Dispose();
        _db.Dispose();
    }

    private IndexEntry? Find(ReadOnlySpan<byte> key, ReadOptions? options)
    {
        using var value = _db.GetPinned(key, options: options);
        return value.Found ? Decode(key, value.Span) : null;
    }

    private static IndexEntry Decode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        IndexEntry.Decode(key, value) ?? throw new IndexDamagedException("A row of the index does not verify.");

    private void Load()
    {
        var position = _db.Get(IndexKeys.Position);
        if (position is not null)
        {
            if (position.Length != LogMark.SizeBytes) throw new IndexDamagedException("The position row of the index is malformed.");
            Position = LogMark.ReadFrom(position);
        }
        using var options = new ReadOptions().SetIterateUpperBound(IndexKeys.FilesTo);
        using var rows = _db.NewIterator(options: options);
        for (var more = rows.Seek(IndexKeys.FilesFrom); more; more = rows.Next())
        {
            if (!IndexKeys.TryReadFile(rows.Key, out var file) || rows.Value.Length != 16) throw new IndexDamagedException("A file row of the index is malformed.");
            _usage[file] = new FileUsage(BinaryPrimitives.ReadInt64LittleEndian(rows.Value), BinaryPrimitives.ReadInt64LittleEndian(rows.Value[8..]));
        }
    }

    /// <summary>One batch being put together, within the lock. Sees its own changes.</summary>
    private sealed class IndexBatch(DriveIndex index, long number) : IDisposable
    {
        private readonly WriteBatch _rows = new();
        private readonly Dictionary<(BlobId, int), IndexEntry?> _changed = [];
        private readonly Dictionary<FileKey, FileUsage> _usage = [];
        private readonly List<DroppedEntry> _dropped = [];

        public void Add(in IndexChange change)
        {
            var current = Current(change.Blob, change.Shard);
            switch (change.Kind)
            {
                case IndexChangeKind.Commit when current is null || current.Record.Lsn < change.Entry!.Record.Lsn:
                    Replace(change, current);
                    break;
                case IndexChangeKind.Move when current is not null && current.SamePlace(change.Expected!):
                    Replace(change, current);
                    break;
                case IndexChangeKind.Delete when current is not null && (change.Expected is null || current.SamePlace(change.Expected)):
                    Replace(change, current);
                    break;
            }
        }

        public void Write(LogMark? position)
        {
            if (position is { } p)
            {
                Span<byte> value = stackalloc byte[LogMark.SizeBytes];
                p.WriteTo(value);
                _rows.Put(IndexKeys.Position, value, index._db.DefaultColumnFamily);
            }
            WriteEntries();
            WriteUsage();
            index._db.Write(_rows, index._noWal);

            foreach (var (file, usage) in _usage)
                if (usage.Records == 0) index._usage.Remove(file);
                else index._usage[file] = usage;
            if (position is { } reached) index.Position = reached;
            Volatile.Write(ref index._batch, number);
            foreach (var dropped in _dropped) index.Dropped?.Invoke(dropped);
        }

        public void Dispose() => _rows.Dispose();

        private IndexEntry? Current(BlobId blob, int shard) =>
            _changed.TryGetValue((blob, shard), out var changed) ? changed : index.Find(blob, shard);

        private void Replace(in IndexChange change, IndexEntry? current)
        {
            if (current is not null)
            {
                Count(current, -1);
                _dropped.Add(new DroppedEntry(current, number, current.IsExtent && current.Extent != change.Entry?.Extent));
            }
            if (change.Entry is not null) Count(change.Entry, +1);
            _changed[(change.Blob, change.Shard)] = change.Entry;
        }

        private void Count(IndexEntry entry, int sign)
        {
            Count(new FileKey(FileKind.Log, entry.Record.Position.FileNumber), sign, LogLimits.RecordHeaderBytes + entry.Record.PayloadBytes);
            if (entry.IsExtent) Count(new FileKey(FileKind.Bulk, entry.Extent.Segment), sign, entry.Extent.ReservedBytes);
        }

        private void Count(FileKey file, int sign, long bytes)
        {
            if (!_usage.TryGetValue(file, out var usage)) usage = index._usage.GetValueOrDefault(file);
            _usage[file] = new FileUsage(usage.Records + sign, usage.Bytes + sign * bytes);
        }

        private void WriteEntries()
        {
            Span<byte> key = stackalloc byte[IndexKeys.EntryBytes];
            foreach (var ((blob, shard), entry) in _changed)
            {
                IndexKeys.WriteEntry(key, blob, shard);
                if (entry is null) _rows.Delete(key, index._db.DefaultColumnFamily);
                else _rows.Put(key, entry.Encode(key), index._db.DefaultColumnFamily);
            }
        }

        private void WriteUsage()
        {
            Span<byte> value = stackalloc byte[16];
            foreach (var (file, usage) in _usage)
            {
                BinaryPrimitives.WriteInt64LittleEndian(value, usage.Records);
                BinaryPrimitives.WriteInt64LittleEndian(value[8..], usage.Bytes);
                if (usage.Records == 0) _rows.Delete(IndexKeys.File(file), index._db.DefaultColumnFamily);
                else _rows.Put(IndexKeys.File(file), value, index._db.DefaultColumnFamily);
            }
        }
    }
}
