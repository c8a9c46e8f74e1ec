using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>What many records have in common: whose they are, and into which log objects they go. Compared by reference: one object for each while it is in use.</summary>
internal sealed class LogRoute(ulong targetId, LogSource source, BucketLogging logging)
{
    public UInt128 Stream { get; } = LogStreams.IdOf(logging, targetId, source.BucketId);

    public ulong TargetId => targetId;

    public LogSource Source => source;

    public BucketLogging Logging => logging;

    public bool Is(ulong otherTargetId, in LogSource otherSource, BucketLogging otherLogging) =>
        targetId == otherTargetId && source == otherSource && (ReferenceEquals(logging, otherLogging) || logging.Equals(otherLogging));

    /// <summary>A row of the queue; without lines it is the route itself.</summary>
    public LogRowRecord ToRow(int count, ReadOnlySpan<byte> lines) => LogStreams.RowOf(logging, targetId, source, count, lines);

    public static LogRoute Of(LogRowRecord row) =>
        new(row.TargetBucketId, new LogSource(row.SourceBucket, row.SourceBucketId, row.SourceOwnerId), BucketLogging.Of(row.Logging)!);
}

/// <summary>Records of one request.</summary>
/// <param name="Ticks">When they came; no two requests have the same.</param>
/// <param name="Part">Those of different parts of a stream go into different rows, so that a log object can end between them.</param>
/// <param name="Offset">In their file of the spool.</param>
internal readonly record struct LogFrame(LogRoute Route, ulong Ticks, uint Part, int Count, ReadOnlyMemory<byte> Lines, long Offset);
