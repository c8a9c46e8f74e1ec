using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>What a directory holds of a log: its files, who owns them, and where those ended that a crash left.</summary>
internal sealed class LogCatalog
{
    private const int HeadBytes = LogFormat.FileHeaderBytes + LogLimits.RecordHeaderBytes;

    private readonly Dictionary<long, LogFileEnd> _ends = [];

    /// <summary>Sorted by number.</summary>
    public List<Item> Items { get; } = [];

    /// <summary>Files that were being prepared; never used.</summary>
    public List<string> Leftovers { get; } = [];

    public long HighestNumber { get; private set; }

    public IReadOnlyCollection<LogFileEnd> Ends => _ends.Values;

    /// <exception cref="LogException">Foreign.</exception>
    public static LogCatalog Load(IFileSystem fileSystem, string directory, Guid owner)
    {
        var catalog = new LogCatalog();
        foreach (var entry in fileSystem.List(directory))
        {
            var path = Path.Combine(directory, entry.Name);
            if (LogFormat.TryParseName(entry.Name, LogFormat.PreparedSuffix, out var prepared))
            {
                catalog.Leftovers.Add(path);
                catalog.HighestNumber = Math.Max(catalog.HighestNumber, prepared);
            }
            if (!LogFormat.TryParseName(entry.Name, LogFormat.FileSuffix, out var number)) continue;
            catalog.Items.Add(LoadItem(fileSystem, path, number, owner));
            catalog.HighestNumber = Math.Max(catalog.HighestNumber, number);
        }
        catalog.Items.Sort((left, right) => left.Number.CompareTo(right.Number));
        if (catalog.Items.Count > 0) SettleNewest(fileSystem, catalog.Items[^1]);
        catalog.LoadEnds(fileSystem);
        return catalog;
    }

    public bool TryGetEnd(long number, out LogFileEnd end) => _ends.TryGetValue(number, out end);

    public LogFileReader OpenReader(IFileSystem fileSystem, Item item) =>
        new(fileSystem.Open(item.Path, FileOpenMode.Read), item.Identity);

    private static Item LoadItem(IFileSystem fileSystem, string path, long number, Guid owner)
    {
        using var file = fileSystem.Open(path, FileOpenMode.Read);
        var head = new byte[HeadBytes];
        var length = ReadHead(file, head);
        var intact = LogFormat.TryReadFileHeader(head.AsSpan(0, length), out var identity) && identity.Number == number;
        if (intact && identity.Owner != owner)
            throw new LogException(LogFault.Foreign, $"'{path}' belongs to {identity.Owner:D}, not to {owner:D}. It was not touched.");

        // Every record names owner and nonce, so a file whose header is damaged can still be read by its first record.
        var hasStart = LogRecordHeader.TryReadAnyFile(head.AsSpan(LogFormat.FileHeaderBytes), owner, LogFormat.FirstGroupOffset, out var start, out var nonce)
            && start.Kind == LogFormat.FileStartKind && (!intact || nonce == identity.Nonce);
        if (!intact) identity = new LogFileIdentity(owner, hasStart ? nonce : Guid.Empty, number);
        return new Item(number, path, identity, intact, file.GetLength(), hasStart ? start.Lsn : null);
    }

    private static int ReadHead(IFile file, byte[] head)
    {
        try
        {
            return file.Read(0, head);
        }
        catch (FileSystemException failure) when (failure.Fault == FileFault.Io)
        {
            return 0; // a header that cannot be read is a damaged one
        }
    }

    /// <summary>
    /// The page cache may hold what never reached the disk: after a kill, bytes that are still to be synced; after a failed
    /// sync, bytes that never will be. What recovery reads must be what the disk has.
    /// </summary>
    private static void SettleNewest(IFileSystem fileSystem, Item newest)
    {
        using var file = fileSystem.Open(newest.Path, FileOpenMode.Read);
        file.SyncData();
        file.Advise(FileAdvice.DontNeed);
    }

    private void LoadEnds(IFileSystem fileSystem)
    {
        for (var i = Items.Count - 1; i >= 0; i--)
        {
            if (Items[i].LsnBefore is null) continue;
            using var reader = OpenReader(fileSystem, Items[i]);
            if (!reader.TryReadHeader(LogFormat.FirstGroupOffset, out var header)) continue;
            var payload = reader.Payload(header);
            if (!LogFileReader.Verifies(header, payload)) continue;
            foreach (var end in LogFileEnd.ReadList(payload)) _ends[end.FileNumber] = end;
            return;
        }
    }

    /// <param name="HasHeader">Whether the file's own header is intact.</param>
    /// <param name="LsnBefore">LSN of the last record before this file, from its first record; null if that cannot be read.</param>
    internal sealed record Item(long Number, string Path, LogFileIdentity Identity, bool HasHeader, long LengthBytes, long? LsnBefore);
}
