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
    /// <summary>
    /// Replays what is there from <paramref name="from"/> on, seals it, and begins a new file. Blocks.
    /// </summary>
    /// <param name="directory">Must exist.</param>
    /// <exception cref="LogException">Foreign, Locked, or NoSpace.</exception>
    public static DurableLog Open(
        IFileSystem fileSystem, string directory, Guid ownerId, LogOptions options, LogMark from, ILogReplayHandler? handler) =>
        throw new NotImplementedException();

    /// <summary>Reads a log without opening or changing it.</summary>
    public static LogScanResult Scan(
        IFileSystem fileSystem, string directory, Guid ownerId, LogOptions options, LogMark from, ILogReplayHandler handler) =>
        throw new NotImplementedException();

    /// <summary>Why the log no longer accepts records, or null while it does.</summary>
    public LogException? Latched => throw new NotImplementedException();

    /// <summary>The mark of a reader that has applied everything durable.</summary>
    public LogMark DurableEnd => throw new NotImplementedException();

    public IReadOnlyList<LogFileInfo> Files => throw new NotImplementedException();

    public LogStatistics Statistics => throw new NotImplementedException();

    /// <summary>
    /// Appends one record; completes when it is durable and the observer has seen it. The memory must stay untouched until
    /// then. Records get their LSNs in the order of the calls.
    /// </summary>
    /// <param name="state">Handed to the observer with the record.</param>
    /// <param name="ct">Heeded while the append waits for room in the queue; once accepted it runs to its end.</param>
    /// <exception cref="LogException">See <see cref="LogFault"/>.</exception>
    public ValueTask<LogEntry> AppendAsync(byte kind, ReadOnlyMemory<byte> payload, object? state, CancellationToken ct) =>
        throw new NotImplementedException();

    /// <summary>The same, with a payload of several segments, which are written one behind the other.</summary>
    public ValueTask<LogEntry> AppendAsync(byte kind, ReadOnlyMemory<ReadOnlyMemory<byte>> segments, object? state, CancellationToken ct) =>
        throw new NotImplementedException();

    /// <summary>Replays durable records up to now, while the log is in use.</summary>
    public LogScanResult Replay(LogMark from, ILogReplayHandler handler) => throw new NotImplementedException();

    /// <summary>Reads and verifies a record's payload into the buffer, which has at least <see cref="LogEntry.PayloadBytes"/>.</summary>
    /// <returns>False if its file is gone or the record does not verify.</returns>
    public bool TryRead(LogEntry entry, Span<byte> payload) => throw new NotImplementedException();

    /// <summary>
    /// Keeps a file readable until the pin is disposed, even if it is deleted meanwhile; null if it is gone. For
    /// positional reads of parts of payloads, which the reader verifies itself.
    /// </summary>
    public LogFilePin? Pin(long fileNumber) => throw new NotImplementedException();

    /// <summary>
    /// Frees the whole pages of a record's payload. Only when what says that the record is deleted is durable: replay
    /// passes over it from now on (<see cref="LogRecordState.Freed"/>).
    /// </summary>
    /// <returns>False if the record is of the last group, which could be taken for a torn tail: try again later.</returns>
    public bool TryFree(LogEntry entry) => throw new NotImplementedException();

    /// <summary>Deletes a sealed file (the oldest, unless <see cref="LogOptions.MayDeleteAnyFile"/>). Gone files are no error.</summary>
    public void DeleteFile(long fileNumber) => throw new NotImplementedException();

    /// <summary>Begins a new file, so that the present one is sealed and can be reclaimed.</summary>
    public ValueTask RollAsync(CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Writes what is queued, seals the file and closes. Later appends fail with <see cref="LogFault.Closed"/>.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>A file of the log that stays readable.</summary>
public sealed class LogFilePin : IDisposable
{
    /// <summary>Buffered handle for positional reads.</summary>
    public IFile File => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}

/// <summary>Counters since the log was opened.</summary>
public readonly record struct LogStatistics(long Records, long Groups, long PayloadBytes, long WrittenBytes, long QueuedBytes, int WaitingAppends);
