using System.Text;
using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks.Tests;

public sealed class RocksDbTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WriteOptions _noWal = new WriteOptions().DisableWal();

    public void Dispose()
    {
        _noWal.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void What_is_written_is_read_back_pinned_copied_and_into_a_buffer()
    {
        using var db = Open();
        var a = db.GetColumnFamily("a");
        Put(db, a, "key", "value");

        Text(db.Get("key"u8, a)).ShouldBe("value");
        db.Get("missing"u8, a).ShouldBeNull();
        using (var pinned = db.GetPinned("key"u8, a)) pinned.Span.SequenceEqual("value"u8).ShouldBeTrue();

        var buffer = new byte[3];
        db.Get("key"u8, buffer, a).ShouldBe(5);
        Text(buffer).ShouldBe("val");
        db.Get("missing"u8, buffer, a).ShouldBe(-1);
        db.Get("key"u8, db.DefaultColumnFamily).ShouldBeNull();
    }

    [Fact]
    public void Empty_keys_and_values_are_rows()
    {
        using var db = Open();
        Put(db, db.DefaultColumnFamily, "", "");
        db.Get(default).ShouldBe([]);
    }

    [Fact]
    public void A_batch_is_applied_in_order_with_puts_deletes_and_range_deletes()
    {
        using var db = Open();
        var a = db.GetColumnFamily("a");
        using var batch = new WriteBatch();
        batch.Put("1"u8, "x"u8, a).Put("2"u8, "x"u8, a).Put("3"u8, "x"u8, a).Put("4"u8, "x"u8, a)
            .Delete("4"u8, a).DeleteRange("1"u8, "3"u8, a).Put("2"u8, "again"u8, a);
        batch.Count.ShouldBe(7);
        db.Write(batch, _noWal);
        Rows(db, a).ShouldBe(["2=again", "3=x"]);
    }

    [Fact]
    public void A_batch_survives_as_bytes()
    {
        using var db = Open();
        var b = db.GetColumnFamily("b");
        using var batch = new WriteBatch();
        batch.Put("k"u8, "v"u8, b);
        using var copy = new WriteBatch(batch.Data.ToArray());
        db.Write(copy, _noWal);
        Rows(db, b).ShouldBe(["k=v"]);
    }

    [Fact]
    public void Iterators_seek_both_ways_and_keep_to_their_bounds()
    {
        using var db = Open();
        var a = db.GetColumnFamily("a");
        foreach (var key in "bdfhj") Put(db, a, key.ToString(), "v");

        using var options = new ReadOptions().SetIterateLowerBound("d"u8).SetIterateUpperBound("j"u8);
        using var iterator = db.NewIterator(a, options);
        iterator.SeekToFirst().ShouldBeTrue();
        Text(iterator.Key).ShouldBe("d");
        iterator.SeekToLast().ShouldBeTrue();
        Text(iterator.Key).ShouldBe("h");
        iterator.Seek("e"u8).ShouldBeTrue();
        Text(iterator.Key).ShouldBe("f");
        iterator.SeekForPrev("e"u8).ShouldBeTrue();
        Text(iterator.Key).ShouldBe("d");
        iterator.Prev().ShouldBeFalse();
        iterator.Valid.ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => iterator.Key.Length);
    }

    [Fact]
    public void A_snapshot_does_not_see_later_writes()
    {
        using var db = Open();
        var a = db.GetColumnFamily("a");
        Put(db, a, "k", "old");
        using var snapshot = db.CreateSnapshot();
        using var options = new ReadOptions().SetSnapshot(snapshot);
        Put(db, a, "k", "new");
        Text(db.Get("k"u8, a, options)).ShouldBe("old");
        Text(db.Get("k"u8, a)).ShouldBe("new");
    }

    [Fact]
    public void Iterators_and_options_may_be_disposed_in_any_order()
    {
        var db = Open();
        var a = db.GetColumnFamily("a");
        Put(db, a, "k", "v");
        var snapshot = db.CreateSnapshot();
        var options = new ReadOptions().SetSnapshot(snapshot).SetIterateUpperBound("z"u8);
        var iterator = db.NewIterator(a, options);
        snapshot.Dispose();
        options.Dispose();
        db.Dispose();

        iterator.SeekToFirst().ShouldBeTrue();
        Text(iterator.Value).ShouldBe("v");
        iterator.Dispose();
        Should.Throw<ObjectDisposedException>(() => iterator.SeekToFirst());
        using var again = Open();
    }

    [Fact]
    public void Flush_all_makes_every_family_durable_without_a_log()
    {
        using var db = Open();
        foreach (var name in (string[])["default", "a", "b"]) Put(db, db.GetColumnFamily(name), "k", name);
        db.FlushAll();
        CopyTo(_directory.At("copy"));

        using var copy = Open("copy");
        foreach (var name in (string[])["default", "a", "b"]) Text(copy.Get("k"u8, copy.GetColumnFamily(name))).ShouldBe(name);
        Directory.Exists(_directory.At("db.flush")).ShouldBeFalse();
    }

    [Fact]
    public void What_was_not_flushed_is_lost_with_a_crash_and_kept_by_a_close()
    {
        var db = Open();
        Put(db, db.GetColumnFamily("a"), "k", "v");
        CopyTo(_directory.At("crash"));
        db.Dispose();

        using var crashed = Open("crash");
        crashed.Get("k"u8, crashed.GetColumnFamily("a")).ShouldBeNull();
        using var closed = Open();
        Text(closed.Get("k"u8, closed.GetColumnFamily("a"))).ShouldBe("v");
    }

    [Fact]
    public void A_checkpoint_opens_as_a_database()
    {
        using var db = Open();
        Put(db, db.GetColumnFamily("a"), "k", "v");
        using (var checkpoint = db.Checkpoint()) checkpoint.Save(_directory.At("checkpoint"));
        Put(db, db.GetColumnFamily("a"), "k", "later");

        using var copy = Open("checkpoint");
        Text(copy.Get("k"u8, copy.GetColumnFamily("a"))).ShouldBe("v");
    }

    [Fact]
    public void Large_values_go_to_blob_files()
    {
        using var db = Open();
        var value = new byte[20_000];
        new Random(1).NextBytes(value);
        using var batch = new WriteBatch();
        batch.Put("k"u8, value, db.GetColumnFamily("b"));
        db.Write(batch, _noWal);
        db.FlushAll();
        Directory.GetFiles(_directory.At("db"), "*.blob").Length.ShouldBe(1);
        db.Get("k"u8, db.GetColumnFamily("b")).ShouldBe(value);
    }

    [Fact]
    public void Errors_carry_the_message_of_the_library()
    {
        using var db = Open();
        var second = Should.Throw<RocksDbException>(() => Open());
        second.Message.ShouldContain("lock", Case.Insensitive);
        using var options = new DbOptions();
        Should.Throw<RocksDbException>(() => RocksDb.Open(options, _directory.At("nowhere"))).Message.ShouldContain("create_if_missing");
        RocksDb.ListColumnFamilies(options, _directory.At("db")).ShouldBe(["default", "a", "b"]);
        db.GetIntProperty("rocksdb.estimate-num-keys").ShouldBe(0ul);
        db.GetProperty("rocksdb.unknown").ShouldBeNull();
    }

    [Fact]
    public void A_damaged_file_is_reported_as_corruption()
    {
        using (var db = Open())
        {
            for (var i = 0; i < 1000; i++) Put(db, db.GetColumnFamily("a"), $"key{i}", $"value{i}");
            db.FlushAll();
        }
        var file = Directory.GetFiles(_directory.At("db"), "*.sst").MaxBy(f => new FileInfo(f).Length)!;
        var bytes = File.ReadAllBytes(file);
        bytes[100] ^= 1;
        File.WriteAllBytes(file, bytes);

        using var damaged = Open();
        Should.Throw<RocksDbException>(() => Rows(damaged, damaged.GetColumnFamily("a"))).IsCorruption.ShouldBeTrue();
    }

    [Fact]
    public void A_missing_library_is_explained_by_the_package_to_install()
    {
        var missing = Should.Throw<DllNotFoundException>(() => NativeLibraryResolver.Load(["librocksdb.so.0.0"], typeof(RocksDb).Assembly, path: null));
        missing.Message.ShouldContain("librocksdb7.8");
    }

    private RocksDb Open(string name = "db")
    {
        using var cache = Cache.CreateLru(8 << 20);
        using var table = new BlockBasedTableOptions().SetBlockCache(cache).SetCacheIndexAndFilterBlocks().SetBloomFilter(10).SetBlockSize(8192);
        using var options = new DbOptions().SetCreateIfMissing().SetCreateMissingColumnFamilies().SetAtomicFlush().SetMaxBackgroundJobs(2)
            .SetMaxOpenFiles(64).SetParanoidChecks().SetDbWriteBufferSize(16 << 20).SetKeepLogFileNum(2).SetMaxLogFileSize(1 << 20)
            .SetInfoLogLevel(InfoLogLevel.Warn).SetStatsDumpPeriodSec(0).SetStatsPersistPeriodSec(0).SetSkipStatsUpdateOnDbOpen().SetBytesPerSync(1 << 20);
        using var plain = new ColumnFamilyOptions().SetBlockBasedTableFactory(table).SetWriteBufferSize(4 << 20).SetMaxWriteBufferNumber(2)
            .SetCompression(Compression.Lz4).SetBottommostCompression(Compression.Zstd).AddCompactOnDeletionCollector(128, 64)
            .SetTargetFileSizeBase(16 << 20).SetLevelCompactionDynamicLevelBytes();
        using var blobs = new ColumnFamilyOptions().SetBlockBasedTableFactory(table).SetEnableBlobFiles().SetMinBlobSize(1024)
            .SetBlobFileSize(16 << 20).SetBlobCompression(Compression.None).SetEnableBlobGc().SetBlobCache(cache);
        return RocksDb.Open(options, _directory.At(name), new ColumnFamilies { { "default", plain }, { "a", plain }, { "b", blobs } });
    }

    private void Put(RocksDb db, ColumnFamilyHandle family, string key, string value)
    {
        using var batch = new WriteBatch();
        batch.Put(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value), family);
        db.Write(batch, _noWal);
    }

    private static List<string> Rows(RocksDb db, ColumnFamilyHandle family)
    {
        var rows = new List<string>();
        using var iterator = db.NewIterator(family);
        for (var more = iterator.SeekToFirst(); more; more = iterator.Next()) rows.Add($"{Text(iterator.Key)}={Text(iterator.Value)}");
        return rows;
    }

    // What a crash leaves: the files as they are, without a close.
    private void CopyTo(string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(_directory.At("db")))
        {
            if (Path.GetFileName(file) != "LOCK") File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
