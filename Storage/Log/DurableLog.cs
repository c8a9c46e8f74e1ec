using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>
/// The durable primitive below drives and the metadata journal: records appended to files of a directory by one thread,
/// in order. What queues while a sync runs is the next group: one write, one fdatasync, all acknowledged. Once a write or
/// sync has failed the log is latched for good.
/// </summary>
/// <remarks>Format and recovery rules: docs/formats/storage.md, section "Log".</remarks>
public sealed partial class DurableLog : IAsyncDisposable
{
    private readonly LogOptions _options;
    private readonly IFile _lockFile;
    private readonly LogFileSet _files;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DurableLog(
        IFileSystem fileSystem, string directory, Guid ownerId, LogOptions options, IFile lockFile, LogRecoveryResult recovered)
    {
        _options = options;
        _lockFile = lockFile;
        _ends = recovered.Ends;
        _files = new LogFileSet(fileSystem, directory);
        for (var i = 0; i < recovered.Files.Count; i++)
        {
            var item = recovered.Catalog.Items[i];
            _files.Add(recovered.Files[i], item.Identity, item.HasHeader, item.LsnBefore);
        }
        _factory = new LogFileFactory(fileSystem, directory, ownerId, options.Direct);
        _lastLsn = recovered.Scan.End.Lsn;
        _nextFileNumber = recovered.Catalog.HighestNumber + 1;
        _nextFileSizeBytes = Math.Min(options.InitialFileSizeBytes, options.FileSizeBytes);
        _thread = new Thread(RunAppender) { IsBackground = true, Name = $"log {directory}" };
    }

    /// <summary>
    /// Replays what is there from <paramref name="from"/> on, seals it, and begins a new file. Blocks.
    /// </summary>
    /// <param name="directory">Must exist.</param>
    /// <exception cref="LogException">Foreign, Locked, NoSpace or Io.</exception>
    public static DurableLog Open(
        IFileSystem fileSystem, string directory, Guid ownerId, LogOptions options, LogMark from, ILogReplayHandler? handler)
    {
        var lockFile = Lock(fileSystem, directory);
        DurableLog? log = null;
        try
        {
            var recovered = LogRecovery.Run(fileSystem, directory, ownerId, options, from, handler);
            foreach (var leftover in recovered.Catalog.Leftovers) fileSystem.DeleteFile(leftover);
            log = new DurableLog(fileSystem, directory, ownerId, options, lockFile, recovered);
            log._nextFileNumber = Math.Max(log._nextFileNumber, from.Next.FileNumber + 1);
            log.BeginFirstFile();
            log._thread.Start();
            return log;
        }
        catch (Exception failure)
        {
            log?.CloseFiles();
            lockFile.Dispose();
            if (failure is FileSystemException file) throw Translate(file, $"The log in '{directory}' cannot be opened");
            throw;
        }
    }

    /// <summary>Reads a log without opening or changing it.</summary>
    /// <exception cref="LogException">Foreign.</exception>
    public static LogScanResult Scan(
        IFileSystem fileSystem, string directory, Guid ownerId, LogOptions options, LogMark from, ILogReplayHandler? handler) =>
        LogRecovery.Run(fileSystem, directory, ownerId, options, from, handler).Scan;

    /// <summary>Why the log no longer accepts records, or null while it does.</summary>
    public LogException? Latched => Volatile.Read(ref _latched);

    /// <summary>The mark of a reader that has applied everything durable.</summary>
    public LogMark DurableEnd
    {
        get
        {
            lock (_gate) return _durableEnd;
        }
    }

    /// <summary>Sorted by number; the last is the one that is written to.</summary>
    public IReadOnlyList<LogFileInfo> Files => _files.Infos;

    public LogStatistics Statistics
    {
        get
        {
            lock (_gate) return new LogStatistics(_records, _groups, _payloadBytes, _writtenBytes, _queuedBytes, _waiting.Count);
        }
    }

    /// <summary>Replays records that are durable now, while the log is in use. Do not delete files that it has yet to read.</summary>
    public LogScanResult Replay(LogMark from, ILogReplayHandler handler)
    {
        var end = DurableEnd;
        var scanner = new LogScanner(from, handler, _options.MayDeleteAnyFile);
        foreach (var view in _files.From(from.Next.FileNumber))
        {
            if (view.Info.Number > end.Next.FileNumber || _files.OpenForScan(view.Info.Number) is not { } file) continue;
            using var reader = new LogFileReader(file, view.Identity);
            var offset = view.Info.Number == end.Next.FileNumber ? end.Next.Offset : view.Info.LengthBytes;
            var lastLsn = Math.Min(view.Info.LastLsn, end.Lsn);
            scanner.ScanFile(reader, new LogFileEnd(view.Info.Number, offset, lastLsn), view.LsnBefore, view.HasHeader);
        }
        return scanner.Result(end.Next);
    }

    /// <summary>Reads and verifies a record's payload into the buffer, which has at least <see cref="LogEntry.PayloadBytes"/>.</summary>
    /// <returns>False if its file is gone or the record does not verify.</returns>
    public bool TryRead(LogEntry entry, Span<byte> payload)
    {
        using var pin = Pin(entry.Position.FileNumber);
        if (pin is null) return false;
        Span<byte> bytes = stackalloc byte[LogLimits.RecordHeaderBytes];
        payload = payload[..entry.PayloadBytes];
        return pin.File.Read(entry.Position.Offset, bytes) == bytes.Length
            && LogRecordHeader.TryRead(bytes, pin.Identity, entry.Position.Offset, out var header)
            && header.Lsn == entry.Lsn && header.PayloadBytes == entry.PayloadBytes
            && pin.File.Read(entry.PayloadOffset, payload) == payload.Length
            && LogFileReader.Verifies(header, payload);
    }

    /// <summary>
    /// Keeps a file readable until the pin is disposed, even if it is deleted meanwhile; null if it is gone. For
    /// positional reads of parts of payloads, which the reader verifies itself.
    /// </summary>
    public LogFilePin? Pin(long fileNumber) => _files.Pin(fileNumber);

    /// <summary>
    /// Frees the whole pages of a record's payload. Only when what says that the record is deleted is durable: replay
    /// passes over it from now on (<see cref="LogRecordState.Freed"/>).
    /// </summary>
    /// <returns>False if the record is of the last group, which could be taken for a torn tail: try again later.</returns>
    public bool TryFree(LogEntry entry)
    {
        lock (_gate)
            if (entry.Position >= _lastGroup) return false;
        using var pin = Pin(entry.Position.FileNumber);
        pin?.File.PunchHole(entry.PayloadOffset, entry.PayloadBytes);
        return true;
    }

    /// <summary>Deletes a sealed file (the oldest, unless <see cref="LogOptions.MayDeleteAnyFile"/>). Gone files are no error.</summary>
    /// <exception cref="InvalidOperationException">The file is in use, or not the oldest.</exception>
    public void DeleteFile(long fileNumber) => _files.Delete(fileNumber, onlyOldest: !_options.MayDeleteAnyFile);

    /// <summary>Writes what is queued, seals the file and closes; a seal that fails is told by <see cref="Latched"/>. Later appends fail with <see cref="LogFault.Closed"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }
        await _closed.Task;
    }

    private static IFile Lock(IFileSystem fileSystem, string directory)
    {
        var file = fileSystem.Open(Path.Combine(directory, LogFormat.LockFile), FileOpenMode.OpenOrCreate);
        if (file.TryLock()) return file;
        file.Dispose();
        throw new LogException(LogFault.Locked, $"The log in '{directory}' is open in another process.");
    }

    private static LogException Translate(FileSystemException failure, string what) => new(
        failure.Fault == FileFault.NoSpace ? LogFault.NoSpace : LogFault.Io, $"{what}: {failure.Message}", failure);
}

/// <summary>Counters since the log was opened.</summary>
/// <param name="WrittenBytes">Headers and padding included.</param>
/// <param name="QueuedBytes">Accepted and not yet acknowledged.</param>
/// <param name="WaitingAppends">Waiting for room in the queue.</param>
public readonly record struct LogStatistics(long Records, long Groups, long PayloadBytes, long WrittenBytes, long QueuedBytes, int WaitingAppends);
