using System.Diagnostics;
using System.Text;
using ObjectStore.Metadata.Embedded;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;
using ObjectStore.TestKit;

namespace ObjectStore.Metadata.Tests.Embedded;

/// <summary>A set of drives in a temporary directory, and the store on them, which can be closed, crashed and opened again.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("objectstore-metadata-").FullName;
    private readonly Func<string, IFileSystem> _fileSystem;
    private int _generation;

    public TestStore(int drives, Func<string, IFileSystem>? fileSystem = null)
    {
        _fileSystem = fileSystem ?? (_ => new LinuxFileSystem());
        for (var i = 0; i < drives; i++) Drives.Add(CreateDrive(i, At(i)));
    }

    public List<TestDrive> Drives { get; } = [];

    public EmbeddedKeyValueStore Store { get; private set; } = null!;

    public EmbeddedOptions Options { get; set; } = new()
    {
        Parity = 2,
        // The machine that runs tests may stall for long; tests of lateness set their own.
        MirrorDeadline = TimeSpan.FromSeconds(60),
        PrimaryWriteBufferBytes = 8 << 20,
        MirrorWriteBufferBytes = 4 << 20,
        BlockCacheBytes = 8 << 20,
        Journal = new LogOptions { InitialFileSizeBytes = 256 << 10, FileSizeBytes = 1 << 20 },
    };

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public async Task<EmbeddedKeyValueStore> OpenAsync(params int[] absent)
    {
        Options = Options with { TotalDrives = Drives.Count };
        Store = await EmbeddedKeyValueStore.OpenAsync([.. Drives.Where((_, i) => !absent.Contains(i))], Options, Time, new ConsoleLogger());
        return Store;
    }

    public async Task<KvException> RefusedAsync(params int[] absent) => await Should.ThrowAsync<KvException>(() => OpenAsync(absent));

    public Task CloseAsync() => Store.DisposeAsync().AsTask();

    /// <summary>
    /// What kill -9 leaves: the files as they are now, in another place, while the old store still runs. Rows that RocksDB
    /// has not flushed are not in them.
    /// </summary>
    public async Task CrashAsync()
    {
        _generation++;
        var images = Drives.Select((drive, i) => (Drive: drive, Image: At(i))).ToList();
        foreach (var (drive, image) in images) CopyTree(drive.Directory, image);
        await Store.DisposeAsync();
        for (var i = 0; i < Drives.Count; i++) Drives[i] = new TestDrive(Drives[i].Id, At(i), _fileSystem(At(i)));
    }

    /// <summary>The power goes: journals on a <see cref="FaultyFileSystem"/> keep what was synced, and of the rest what chance leaves.</summary>
    public async Task LosePowerAsync()
    {
        var images = Path.Combine(_root, $"images{++_generation}");
        for (var i = 0; i < Drives.Count; i++) CopyTree(Drives[i].Directory, Path.Combine(images, $"{i}"));
        var disks = Drives.Select(drive => ((FaultyFileSystem)drive.FileSystem).Crash()).ToList();
        await Store.DisposeAsync();
        for (var i = 0; i < Drives.Count; i++)
        {
            var directory = Drives[i].Directory;
            Directory.Delete(directory, recursive: true);
            CopyTree(Path.Combine(images, $"{i}"), directory);
            Drives[i] = new TestDrive(Drives[i].Id, directory, disks[i]);
        }
    }

    /// <summary>Indexes of the drives that are mirrors, the serving one first.</summary>
    public List<int> Mirrors() => [.. Store.Health.Mirrors.Select(id => Drives.FindIndex(drive => drive.Id == id))];

    public async Task PutAsync(string key, string value)
    {
        using var transaction = Store.Begin();
        transaction.Put(Bytes(key), Bytes(value));
        await transaction.CommitAsync();
    }

    public async Task PutManyAsync(int from, int count)
    {
        for (var i = from; i < from + count; i++) await PutAsync($"cKey{i:d6}", $"value {i}");
    }

    public async Task<string?> GetAsync(string key)
    {
        using var snapshot = Store.Snapshot();
        return await snapshot.GetAsync(Bytes(key)) is { } value ? Encoding.UTF8.GetString(value.Span) : null;
    }

    public async Task ShouldHaveAsync(int count)
    {
        using var snapshot = Store.Snapshot();
        using var cursor = snapshot.Scan(new KeyRange(Bytes("cKey"), Bytes("cKez")));
        for (var i = 0; i < count; i++)
        {
            (await cursor.MoveNextAsync()).ShouldBeTrue($"row {i} of {count} is missing");
            Encoding.UTF8.GetString(cursor.Key).ShouldBe($"cKey{i:d6}");
            Encoding.UTF8.GetString(cursor.Value).ShouldBe($"value {i}");
        }
        (await cursor.MoveNextAsync()).ShouldBeFalse();
    }

    public async Task WaitForAsync(Func<EmbeddedHealth, bool> condition)
    {
        try
        {
            await UntilAsync(() => condition(Store.Health));
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"The store is {Store.Health}.", exception);
        }
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var waited = Stopwatch.StartNew(); !condition(); await Task.Delay(10))
            if (waited.Elapsed > TimeSpan.FromSeconds(60)) throw new TimeoutException();
    }

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static IEnumerable<string> JournalFiles(TestDrive drive) => Directory.GetFiles(Path.Combine(drive.Directory, "journal")).Order(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        if (Store is not null) await Store.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private string At(int drive) => Path.Combine(_root, $"{_generation}", $"drive{drive}");

    private TestDrive CreateDrive(int index, string directory)
    {
        Directory.CreateDirectory(directory);
        return new TestDrive(new DriveId(new Guid(index + 1, 0, 0, new byte[8])), directory, _fileSystem(directory));
    }

    private static void CopyTree(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var directory in Directory.GetDirectories(from)) CopyTree(directory, Path.Combine(to, Path.GetFileName(directory)));
        foreach (var file in Directory.GetFiles(from).Where(file => !Path.GetFileName(file).Equals("lock", StringComparison.OrdinalIgnoreCase)))
        {
            try
            {
                using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                using var target = File.Create(Path.Combine(to, Path.GetFileName(file)));
                source.CopyTo(target);
            }
            catch (FileNotFoundException)
            {
                // Deleted by the running store meanwhile, as after a crash a moment later.
            }
        }
    }
}
