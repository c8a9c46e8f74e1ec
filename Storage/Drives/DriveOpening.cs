using ObjectStore.Rocks;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>Opens the parts of a drive in order, and hands them over. Blocks.</summary>
internal sealed class DriveOpening
{
    public required DriveIdentity Identity { get; init; }
    public required string Directory { get; init; }
    public required IFileSystem FileSystem { get; init; }
    public required IFile Lock { get; init; }
    public FileSystemSpace Space { get; private set; }
    public SeenMark Seen { get; private set; }
    public bool WasClean { get; private set; }
    public IReadOnlyList<long> EarlierSegments { get; private set; } = [];
    public IReadOnlyList<LogDamage> Damages { get; private set; } = [];
    public int BadShards { get; private set; }
    public BulkStore Bulk { get; private set; } = null!;
    public DriveIndex Index { get; private set; } = null!;
    public CommitApplier Applier { get; private set; } = null!;
    public DurableLog Log { get; private set; } = null!;

    public static DriveOpening Run(IFileSystem fileSystem, string directory, Guid? expectedStore, DriveOptions options)
    {
        directory = Path.GetFullPath(directory);
        DriveOpening? opening = null;
        try
        {
            opening = new DriveOpening
            {
                FileSystem = fileSystem,
                Directory = directory,
                Identity = Recognise(fileSystem, directory, expectedStore),
                Lock = TakeLock(fileSystem, directory),
            };
            opening.OpenParts(options);
            return opening;
        }
        catch (Exception e) when (e is FileSystemException or LogException or RocksDbException or IndexDamagedException)
        {
            opening?.Abandon();
            throw new DriveException(e is LogException { Fault: LogFault.Foreign } ? DriveFault.Foreign : DriveFault.Io, $"The drive at '{directory}' cannot be opened: {e.Message}", e);
        }
        catch
        {
            opening?.Abandon();
            throw;
        }
    }

    private static DriveIdentity Recognise(IFileSystem fileSystem, string directory, Guid? expectedStore)
    {
        var found = DriveIdentity.TryRead(fileSystem, directory);
        if (found.State != DriveDirectoryState.Formatted) throw new DriveException(DriveFault.Foreign, found.Reason!);
        var identity = found.Identity!;
        if (expectedStore is { } expected && identity.Store != expected)
            throw new DriveException(DriveFault.Foreign, $"'{directory}' is drive {identity.Drive} of another store: {identity.Store}, not {expected}.");
        return identity;
    }

    private static IFile TakeLock(IFileSystem fileSystem, string directory)
    {
        var file = fileSystem.Open(Path.Combine(directory, DriveIdentity.FileName), FileOpenMode.ReadWrite);
        if (file.TryLock()) return file;
        file.Dispose();
        throw new DriveException(DriveFault.Io, $"The drive at '{directory}' is open in another process.");
    }

    private void OpenParts(DriveOptions options)
    {
        Space = FileSystem.GetSpace(Directory);
        if (DurableRecord.Read(FileSystem, Directory, DriveLayout.Seen, Identity.Drive) is { } seen) Seen = SeenMark.Decode(seen);
        WasClean = TakeMarker(DriveLayout.CleanMarker);

        var direct = options.BulkWrites == BulkWriteMode.Direct;
        Bulk = new BulkStore(FileSystem, Path.Combine(Directory, DriveLayout.Bulk), Identity.Drive, options.SegmentBytesFor(Space.TotalBytes), direct);
        Bulk.Load();
        EarlierSegments = Bulk.Numbers;
        OpenIndex(options);
        OpenLog(options);
    }

    private void OpenIndex(DriveOptions options)
    {
        var path = options.IndexDirectory ?? Path.Combine(Directory, DriveLayout.Index);
        if (FileSystem.FileExists(Path.Combine(Directory, DriveLayout.RebuildMarker)))
        {
            DeleteIndex(path);
            TakeMarker(DriveLayout.RebuildMarker);
        }
        try
        {
            Index = DriveIndex.Open(path, options.IndexCache);
        }
        catch (Exception e) when (e is RocksDbException or IndexDamagedException)
        {
            // We hold the drive's lock, so nobody else has the index open: it is damaged, and only a cache.
            DeleteIndex(path);
            Index = DriveIndex.Open(path, options.IndexCache);
        }
    }

    private void OpenLog(DriveOptions options)
    {
        Replay(options);
        if (Log.DurableEnd.Lsn >= Index.Position.Lsn) return;

        // An index that reaches beyond the log is of another log: what it says cannot be trusted.
        Log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Index.Dispose();
        var path = options.IndexDirectory ?? Path.Combine(Directory, DriveLayout.Index);
        DeleteIndex(path);
        Index = DriveIndex.Open(path, options.IndexCache);
        Replay(options);
    }

    private void Replay(DriveOptions options)
    {
        Applier = new CommitApplier(Index, options);
        var replay = new IndexReplay(Index, Bulk);
        var logOptions = new LogOptions
        {
            FileSizeBytes = options.LogFileBytes ?? DriveOptions.LogFileBytesFor(Space.TotalBytes),
            MayDeleteAnyFile = true,
            Observer = Applier,
        };
        Log = DurableLog.Open(FileSystem, Path.Combine(Directory, DriveLayout.Log), Identity.Drive.Value, logOptions, Index.Position, replay);
        replay.Apply();
        Damages = replay.Damages;
        BadShards = replay.BadShards;
    }

    private static void DeleteIndex(string path)
    {
        try
        {
            if (System.IO.Directory.Exists(path)) System.IO.Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DriveException(DriveFault.Io, $"The damaged index '{path}' cannot be deleted: {e.Message}", e);
        }
    }

    private bool TakeMarker(string name)
    {
        var path = Path.Combine(Directory, name);
        if (!FileSystem.FileExists(path)) return false;
        FileSystem.DeleteFile(path);
        FileSystem.SyncDirectory(Directory);
        return true;
    }

    private void Abandon()
    {
        Log?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Index?.Dispose();
        Bulk?.Dispose();
        Lock.Dispose();
    }
}
