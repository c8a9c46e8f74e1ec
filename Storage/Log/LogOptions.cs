using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

public static class LogLimits
{
    /// <summary>Longest payload of a record: a metadata batch is at most 8 MiB of rows, plus their framing.</summary>
    public const int MaxPayloadBytes = 16 * 1024 * 1024;

    /// <summary>Kinds above are the log's own.</summary>
    public const byte MaxKind = 239;

    public const int RecordHeaderBytes = 80;

    /// <summary>Records begin at multiples of this; a group begins at a multiple of <see cref="IoAlignment.Bytes"/>.</summary>
    public const int RecordAlignmentBytes = 16;

    public static long AlignRecord(long offset) => (offset + RecordAlignmentBytes - 1) & -RecordAlignmentBytes;
}

public sealed record LogOptions
{
    /// <summary>Size at which a new file is begun.</summary>
    public long FileSizeBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Size of a run's first file; later ones double up to <see cref="FileSizeBytes"/>. Files are written full of zeros
    /// before use, so a small first file makes opening fast and a small store small.
    /// </summary>
    public long InitialFileSizeBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Direct I/O where the file system allows it.</summary>
    public bool Direct { get; init; } = true;

    /// <summary>Payload bytes that may be queued; an append beyond waits.</summary>
    public long MaxQueuedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A group takes no further record once it is this long, so that those in it do not wait too long.</summary>
    public int MaxGroupBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>LSN of the first record when the log is empty (a mirror that begins at a checkpoint).</summary>
    public long FirstLsn { get; init; } = 1;

    /// <summary>
    /// Whether any sealed file may be deleted (a drive), or only the oldest (a journal). With the latter a file that is
    /// missing in the middle is reported as damage.
    /// </summary>
    public bool MayDeleteAnyFile { get; init; }

    /// <summary>Told about every durable group.</summary>
    public ILogObserver? Observer { get; init; }
}

/// <param name="LengthBytes">Bytes up to the end of the last record.</param>
/// <param name="LastLsn">LSN of the last record in it, or before it if it holds none; 0 where that is not known.</param>
public readonly record struct LogFileInfo(long Number, long LengthBytes, bool IsSealed, long LastLsn);

/// <param name="End">The mark of a reader that has applied everything.</param>
public sealed record LogScanResult(LogMark End, long Records, int Damages);

public enum LogFault
{
    /// <summary>Writing or syncing failed. Whether the record is durable is not known. The log has latched.</summary>
    Io,

    /// <summary>There is no room for a new file. Nothing was written; may work later.</summary>
    NoSpace,

    /// <summary>The log latched earlier. Nothing was written.</summary>
    Latched,

    /// <summary>Closed. Nothing was written.</summary>
    Closed,

    /// <summary>A file belongs to another owner, or is of a newer format.</summary>
    Foreign,

    /// <summary>A record does not verify.</summary>
    Corrupt,

    /// <summary>Someone else has the log open.</summary>
    Locked,
}

public sealed class LogException(LogFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public LogFault Fault { get; } = fault;
}
