using ObjectStore.Rocks;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// The rows of one mirror in RocksDB, without a write-ahead log: a cache of the journal. Every batch carries how far the
/// journal is applied, and all families flush as one, so what is on disk is always a prefix of the journal.
/// </summary>
internal sealed class MetaDatabase : IDisposable
{
    private static ReadOnlySpan<byte> AppliedKey => "applied"u8;

    private readonly RocksDb _database;
    private readonly ColumnFamilyHandle[] _families;
    private readonly WriteOptions _writeOptions = new WriteOptions().DisableWal();
    private readonly WriteBatch _batch = new();
    private readonly Lock _writeLock = new();

    private MetaDatabase(RocksDb database)
    {
        _database = database;
        _families = [.. TableLayout.Families.Select(database.GetColumnFamily)];
    }

    public RocksDb Rocks => _database;

    /// <summary>How far the journal is applied, unflushed rows included.</summary>
    public LogMark Applied { get; private set; }

    public ColumnFamilyHandle Family(int index) => _families[index];

    public ColumnFamilyHandle FamilyOf(ReadOnlySpan<byte> key) => _families[TableLayout.FamilyOf(key[0])];

    /// <exception cref="RocksDbException">The files are damaged or in use.</exception>
    public static MetaDatabase Open(string directory, Cache cache, long writeBufferBytes)
    {
        using var options = new DbOptions().SetCreateIfMissing().SetCreateMissingColumnFamilies().SetAtomicFlush().SetParanoidChecks()
            .SetMaxBackgroundJobs(2).SetMaxOpenFiles(256).SetDbWriteBufferSize(writeBufferBytes).SetBytesPerSync(1 << 20)
            .SetKeepLogFileNum(2).SetMaxLogFileSize(4 << 20).SetInfoLogLevel(InfoLogLevel.Warn)
            .SetStatsDumpPeriodSec(0).SetStatsPersistPeriodSec(0).SetSkipStatsUpdateOnDbOpen();
        using var table = new BlockBasedTableOptions().SetBlockCache(cache).SetCacheIndexAndFilterBlocks().SetBloomFilter(10).SetBlockSize(16 << 10);
        using var own = FamilyOptions(table, 1 << 20);
        using var index = FamilyOptions(table, writeBufferBytes / 2);
        using var inline = FamilyOptions(table, writeBufferBytes / 2).SetCompression(Compression.None)
            .SetEnableBlobFiles().SetMinBlobSize(512).SetBlobFileSize(64 << 20).SetBlobCompression(Compression.None).SetEnableBlobGc().SetBlobCache(cache);
        using var contents = FamilyOptions(table, writeBufferBytes / 4);
        using var work = FamilyOptions(table, writeBufferBytes / 4);
        var families = new ColumnFamilies { { TableLayout.OwnFamily, own }, { "index", index }, { "inline", inline }, { "contents", contents }, { "work", work } };
        var database = new MetaDatabase(RocksDb.Open(options, directory, families));
        database.Applied = database._database.Get(AppliedKey) is { } row ? LogMark.ReadFrom(row) : LogMark.Start;
        return database;
    }

    /// <summary>Applies a journal record's payload, and with it the mark behind the record.</summary>
    public void Apply(ReadOnlySpan<byte> payload, LogMark after)
    {
        lock (_writeLock)
        {
            _batch.Clear();
            var changes = JournalBatch.Changes(payload);
            while (changes.MoveNext()) Add(changes);
            WriteWithMark(after);
        }
    }

    /// <summary>Sets the mark alone: a copy of another mirror's rows begins a journal of its own.</summary>
    public void SetApplied(LogMark mark)
    {
        lock (_writeLock)
        {
            _batch.Clear();
            WriteWithMark(mark);
        }
    }

    /// <summary>Makes what is applied durable and returns its last LSN.</summary>
    public long Flush()
    {
        var lsn = Applied.Lsn;
        _database.FlushAll();
        return lsn;
    }

    /// <summary>Makes an openable copy of what is applied, in a directory that must not exist, by hard links.</summary>
    public void CopyTo(string directory)
    {
        using var checkpoint = _database.Checkpoint();
        checkpoint.Save(directory);
    }

    public void Dispose()
    {
        _database.Dispose();
        _batch.Dispose();
        _writeOptions.Dispose();
    }

    private void Add(in ChangeReader change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Put:
                _batch.Put(change.Key, change.Value, FamilyOf(change.Key));
                break;
            case ChangeKind.Delete:
                _batch.Delete(change.Key, FamilyOf(change.Key));
                break;
            case ChangeKind.DeleteRange:
                var end = change.Value.IsEmpty ? TableLayout.EndOfKeys : change.Value;
                for (var i = 0; i < _families.Length; i++)
                {
                    if (TableLayout.Touches(i, change.Key, change.Value)) _batch.DeleteRange(change.Key, end, _families[i]);
                }
                break;
            default:
                throw JournalBatch.Malformed();
        }
    }

    private void WriteWithMark(LogMark mark)
    {
        Span<byte> row = stackalloc byte[LogMark.SizeBytes];
        mark.WriteTo(row);
        _batch.Put(AppliedKey, row, _database.DefaultColumnFamily);
        _database.Write(_batch, _writeOptions);
        Applied = mark;
    }

    // A scan that meets many deletions in one file asks for its compaction: queues and listings walk over them otherwise.
    private static ColumnFamilyOptions FamilyOptions(BlockBasedTableOptions table, long writeBufferBytes) => new ColumnFamilyOptions()
        .SetBlockBasedTableFactory(table).SetWriteBufferSize(writeBufferBytes).SetMaxWriteBufferNumber(3)
        .SetCompression(Compression.Lz4).SetBottommostCompression(Compression.Zstd)
        .SetTargetFileSizeBase(32 << 20).SetLevelCompactionDynamicLevelBytes().AddCompactOnDeletionCollector(window: 256, trigger: 128);
}
