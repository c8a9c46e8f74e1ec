using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;
using ObjectStore.Storage;
using ObjectStore.Storage.Log;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// One copy of the metadata on one drive: a journal, which is the truth, and a database, which is a cache of it. On the
/// mirror that serves reads the committer applies each group itself; on the others a background task does.
/// </summary>
internal sealed class Mirror : IAsyncDisposable
{
    private readonly EmbeddedOptions _options;
    private readonly ILogger _logger;
    private readonly Channel<Durable> _queue = Channel.CreateUnbounded<Durable>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly Task _applier;
    private long _queuedBytes;
    private bool _behind;
    private long _unflushedBytes;
    private Task _flush = Task.CompletedTask;
    private Exception? _failure;
    private Exception? _readFailure;
    private long _journalHold = long.MaxValue;
    private int _readers;
    private TaskCompletionSource _readersGone = CompletedSource();

    private readonly record struct Durable(CommitGroup? Group, LogMark After, TaskCompletionSource? Barrier);

    public Mirror(IMirrorDrive drive, MetaDatabase database, DurableLog journal, EmbeddedOptions options, ILogger logger)
    {
        Drive = drive;
        Database = database;
        Journal = journal;
        _options = options;
        _logger = logger;
        _applier = Task.Run(ApplyQueuedAsync);
    }

    public IMirrorDrive Drive { get; }

    public DriveId Id => Drive.Id;

    public MetaDatabase Database { get; }

    public DurableLog Journal { get; }

    /// <summary>The last LSN that its journal holds.</summary>
    public long DurableLsn => Journal.DurableEnd.Lsn;

    /// <summary>Why it can no longer follow the journal, or null.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Why a reader was turned away, or null. Another mirror takes over if there is one.</summary>
    public Exception? ReadFailure => Volatile.Read(ref _readFailure);

    /// <summary>Raised when it fails outside of a commit.</summary>
    public Action? Failed { get; set; }

    /// <summary>Completes when no view of it is left. New ones are made only of the mirror that serves.</summary>
    public Task ReadersGone
    {
        get
        {
            lock (_lock) return _readersGone.Task;
        }
    }

    public async Task<LogMark> AppendAsync(CommitGroup group, CancellationToken ct)
    {
        group.AddReference();
        try
        {
            var entry = await Journal.AppendAsync(JournalBatch.RecordKind, group.Payload, state: null, ct);
            if (entry.Lsn != group.Lsn) throw new InvalidDataException($"The journal gave LSN {entry.Lsn} to group {group.Lsn}.");
            return entry.After;
        }
        finally
        {
            group.Release();
        }
    }

    /// <summary>Applies a durable group at once: only on the mirror that serves reads, which nothing is queued for.</summary>
    public void ApplyNow(CommitGroup group, LogMark after) => Apply(group.Payload.Span, after);

    /// <summary>Applies a durable group some time later.</summary>
    public void ApplyLater(CommitGroup group, LogMark after)
    {
        lock (_lock)
        {
            if (_behind) return;
            if (_queuedBytes + group.LengthBytes > _options.ApplyQueueBytes)
            {
                _behind = true;
                _queue.Writer.TryWrite(default);
                return;
            }
            _queuedBytes += group.LengthBytes;
            group.AddReference();
            if (!_queue.Writer.TryWrite(new Durable(group, after, null))) group.Release();
        }
    }

    /// <summary>Its journal was appended to without the groups being handed in: they are read from there.</summary>
    public void MarkBehind()
    {
        lock (_lock) _behind = true;
    }

    /// <summary>Completes when all that the journal holds is applied; groups must not be handed in meanwhile.</summary>
    public async Task CatchUpAsync(CancellationToken ct)
    {
        var barrier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.Writer.TryWrite(new Durable(null, default, barrier))) throw new ObjectDisposedException(nameof(Mirror));
        await barrier.Task.WaitAsync(ct);
        if (Failure is { } failure) throw new IOException($"The mirror on drive {Id} could not apply its journal.", failure);
        if (Database.Applied.Lsn != DurableLsn) throw new InvalidDataException($"The mirror on drive {Id} has applied {Database.Applied.Lsn} of {DurableLsn}.");
    }

    public void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref _failure, exception, null) is null) Failed?.Invoke();
    }

    /// <summary>What a reader throws when the database fails: another mirror takes over, so trying again may help.</summary>
    public KvException ReadFailed(RocksDbException exception)
    {
        if (Interlocked.CompareExchange(ref _readFailure, exception, null) is null) Failed?.Invoke();
        return exception.IsCorruption
            ? new KvException(KvFault.Corrupt, $"The metadata on drive {Id} does not verify.", exception)
            : new KvException(KvFault.Unavailable, $"The metadata on drive {Id} cannot be read.", exception);
    }

    public void AddReader()
    {
        lock (_lock)
        {
            if (_readers++ == 0) _readersGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void RemoveReader()
    {
        lock (_lock)
        {
            if (--_readers == 0) _readersGone.SetResult();
        }
    }

    /// <summary>Keeps journal records from the LSN on, for a mirror that is being rebuilt from this one.</summary>
    public void HoldJournalFrom(long lsn) => Volatile.Write(ref _journalHold, lsn);

    public void ReleaseJournal() => Volatile.Write(ref _journalHold, long.MaxValue);

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _applier;
        await _flush;
        await Journal.DisposeAsync();
        Database.Dispose();
    }

    private static TaskCompletionSource CompletedSource()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    private async Task ApplyQueuedAsync()
    {
        await foreach (var durable in _queue.Reader.ReadAllAsync())
        {
            try
            {
                if (durable.Group is { } group && Failure is null && !_behind) Apply(group.Payload.Span, durable.After);
                if (_behind && Failure is null) CatchUpFromJournal();
            }
            catch (Exception exception) when (exception is RocksDbException or IOException or InvalidDataException)
            {
                Fail(exception);
            }
            finally
            {
                Done(durable);
            }
        }
    }

    private void Done(Durable durable)
    {
        if (durable.Group is not null)
        {
            lock (_lock) _queuedBytes -= durable.Group.LengthBytes;
            durable.Group.Release();
        }
        durable.Barrier?.TrySetResult();
    }

    // Groups of the queue that are read here once more are passed over below, by their LSN.
    private void CatchUpFromJournal()
    {
        while (true)
        {
            var handler = new JournalReplay(Database, _options.FlushIntervalBytes);
            Journal.Replay(Database.Applied, handler);
            if (handler.Damage is { } damage) throw new InvalidDataException(damage);
            lock (_lock)
            {
                if (Database.Applied.Lsn < DurableLsn) continue;
                _behind = false;
                return;
            }
        }
    }

    private void Apply(ReadOnlySpan<byte> payload, LogMark after)
    {
        if (after.Lsn <= Database.Applied.Lsn) return;
        if (after.Lsn != Database.Applied.Lsn + 1) throw new InvalidDataException($"LSN {after.Lsn} was to be applied behind {Database.Applied.Lsn}.");
        Database.Apply(payload, after);
        _unflushedBytes += payload.Length;
        if (_unflushedBytes < _options.FlushIntervalBytes || !_flush.IsCompleted) return;
        _unflushedBytes = 0;
        _flush = Task.Run(FlushAndFreeJournal);
    }

    private void FlushAndFreeJournal()
    {
        try
        {
            FreeJournal(Database.Flush());
        }
        catch (Exception exception) when (exception is RocksDbException or IOException)
        {
            EmbeddedEvents.FlushFailed(_logger, Id, exception);
            Fail(exception);
        }
    }

    private void FreeJournal(long flushedLsn)
    {
        var free = Math.Min(flushedLsn, Volatile.Read(ref _journalHold) - 1);
        var sealedFiles = Journal.Files.Where(file => file.IsSealed).OrderBy(file => file.Number).ToList();
        foreach (var file in sealedFiles.SkipLast(_options.KeepJournalFiles))
        {
            if (file.LastLsn > free) return;
            Journal.DeleteFile(file.Number);
        }
    }
}

/// <summary>Applies journal records to a database, and notes the first thing that is wrong with them.</summary>
internal sealed class JournalReplay(MetaDatabase database, long flushIntervalBytes) : ILogReplayHandler
{
    private long _unflushedBytes;

    /// <summary>What is wrong, in words; null if every record was there. Nothing behind it is applied.</summary>
    public string? Damage { get; private set; }

    /// <summary>The highest LSN that the journal was seen to have, whether it could be applied or not.</summary>
    public long HighestLsn { get; private set; }

    public void OnRecord(in LogRecord record)
    {
        HighestLsn = Math.Max(HighestLsn, record.Entry.Lsn);
        if (Damage is not null || record.Entry.Lsn <= database.Applied.Lsn) return;
        if (record.Entry.Lsn != database.Applied.Lsn + 1)
        {
            Damage = $"Journal records {database.Applied.Lsn + 1} to {record.Entry.Lsn - 1} are missing.";
            return;
        }
        if (record.State != LogRecordState.Valid || record.Entry.Kind != JournalBatch.RecordKind || JournalBatch.ReadHeader(record.Payload).Lsn != record.Entry.Lsn)
        {
            Damage = $"Journal record {record.Entry.Lsn} is not what it should be.";
            return;
        }
        database.Apply(record.Payload, record.Entry.After);
        _unflushedBytes += record.Payload.Length;
        if (_unflushedBytes < flushIntervalBytes) return;
        _unflushedBytes = 0;
        database.Flush();
    }

    public void OnDamage(LogDamage damage)
    {
        HighestLsn = Math.Max(HighestLsn, damage.LastLsn);
        if (damage.LastLsn >= damage.FirstLsn && damage.LastLsn <= database.Applied.Lsn) return;
        Damage ??= damage.Message;
    }
}
