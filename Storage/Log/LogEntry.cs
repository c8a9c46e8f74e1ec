namespace ObjectStore.Storage.Log;

/// <summary>Where a record stands and what it is; the payload lies contiguous behind the header.</summary>
/// <param name="Position">Where the record's header begins.</param>
/// <param name="Lsn">Log sequence number: 1, 2, 3 ... without gaps.</param>
/// <param name="Kind">The owner's, 0 to <see cref="LogLimits.MaxKind"/>.</param>
public readonly record struct LogEntry(LogPosition Position, long Lsn, byte Kind, int PayloadBytes)
{
    /// <summary>Offset in the file of the payload's first byte.</summary>
    public long PayloadOffset => Position.Offset + LogLimits.RecordHeaderBytes;

    /// <summary>The mark of a reader that has applied this record and all before it.</summary>
    public LogMark After => new(new LogPosition(Position.FileNumber, LogLimits.AlignRecord(PayloadOffset + PayloadBytes)), Lsn);
}

/// <summary>A record that has just become durable, with the state that was given to the append.</summary>
public readonly record struct LogAppended(LogEntry Entry, object? State);

public enum LogRecordState
{
    /// <summary>Header and payload verify.</summary>
    Valid,

    /// <summary>The header verifies and the payload was punched out: its owner has deleted it.</summary>
    Freed,
}

/// <summary>A record during replay; the payload (empty when freed) is valid during the call only.</summary>
public readonly ref struct LogRecord(LogEntry entry, LogRecordState state, ReadOnlySpan<byte> payload)
{
    public LogEntry Entry { get; } = entry;

    public LogRecordState State { get; } = state;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}

public enum LogDamageKind
{
    /// <summary>A file's header does not verify; nothing in it can be read.</summary>
    FileHeader,

    /// <summary>Bytes that had been durable are no record, or not the expected one.</summary>
    Header,

    /// <summary>A record's header verifies, its payload does not.</summary>
    Payload,

    /// <summary>Records are missing that had been durable: a file is gone or ends too early.</summary>
    Missing,

    /// <summary>The device failed to read the range.</summary>
    Unreadable,
}

/// <summary>Durable bytes that are not what was written. Replay goes on behind them; nothing is truncated.</summary>
/// <param name="Position">Where it begins.</param>
/// <param name="EndOffset">Where in the file the next good record, or the end, was found.</param>
/// <param name="FirstLsn">First lost record.</param>
/// <param name="LastLsn">Last lost record; less than <paramref name="FirstLsn"/> when no record of the owner is lost.</param>
public sealed record LogDamage(LogDamageKind Kind, LogPosition Position, long EndOffset, long FirstLsn, long LastLsn, string Message);

/// <summary>Receives the log's records in the order of their LSN. Called on the thread that scans.</summary>
public interface ILogReplayHandler
{
    void OnRecord(in LogRecord record);

    /// <summary>Throw to refuse to go on.</summary>
    void OnDamage(LogDamage damage);
}

/// <summary>Told about every group after its sync and before anyone is acknowledged.</summary>
public interface ILogObserver
{
    /// <summary>
    /// Runs on the appender's thread, which waits for it. If it throws, the log latches and the group's waiters fail.
    /// </summary>
    /// <param name="records">In order of LSN. Valid during the call only.</param>
    /// <param name="mark">The mark of a reader that has applied the group.</param>
    void OnGroupDurable(ReadOnlySpan<LogAppended> records, LogMark mark);
}
