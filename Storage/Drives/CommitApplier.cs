using ObjectStore.Storage.Index;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>Kinds of records in a drive's log. Drawn in docs/formats/storage.md, "Shard record"; keep in step.</summary>
internal static class RecordKind
{
    /// <summary>A shard record with the blocks behind it.</summary>
    public const byte LoggedShard = 1;

    /// <summary>A shard record whose blocks are in an extent.</summary>
    public const byte Extent = 2;
}

/// <summary>Travels with an append, so that the record need not be parsed again when it is durable.</summary>
/// <param name="MovedFrom">For a copy that compaction made: where it was copied from.</param>
internal sealed record PendingCommit(ShardRecord Shard, IndexEntry? MovedFrom);

/// <summary>
/// Brings every durable group into the index, before anyone in it is acknowledged. Batches come in the order of the
/// log and carry their position, so the index is always a prefix of the log.
/// </summary>
internal sealed class CommitApplier(DriveIndex index, DriveOptions options) : ILogObserver
{
    private readonly List<IndexChange> _changes = [];
    private int _recordsSinceFlush;
    private long _bytesSinceFlush;

    /// <summary>Called on the appender's thread when the index should be flushed; must not block.</summary>
    public Action? FlushDue { get; set; }

    public void OnGroupDurable(ReadOnlySpan<LogAppended> records, LogMark mark)
    {
        _changes.Clear();
        foreach (var appended in records)
        {
            if (appended.State is not PendingCommit commit) throw new InvalidOperationException("A record of the log came without its commit.");
            var entry = IndexEntry.Of(appended.Entry, commit.Shard);
            _changes.Add(commit.MovedFrom is { } from
                ? IndexChange.Move(commit.Shard.Blob, commit.Shard.Shard, from, entry)
                : IndexChange.Commit(commit.Shard.Blob, commit.Shard.Shard, entry));
            _bytesSinceFlush += appended.Entry.PayloadBytes;
        }
        index.Apply(_changes, mark);

        _recordsSinceFlush += records.Length;
        if (_recordsSinceFlush < options.FlushEveryRecords && _bytesSinceFlush < options.FlushEveryBytes) return;
        _recordsSinceFlush = 0;
        _bytesSinceFlush = 0;
        FlushDue?.Invoke();
    }
}
