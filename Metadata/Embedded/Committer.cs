using System.Buffers.Binary;
using System.Threading.Channels;
using ObjectStore.Metadata.Kv;
using ObjectStore.Rocks;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Makes transactions durable, one group at a time: what queues while a group is synced is the next group. All checks
/// are made here, by one task, so the order of the queue is the order of commits.
/// </summary>
internal sealed class Committer : IAsyncDisposable
{
    private readonly EmbeddedOptions _options;
    private readonly MirrorSet _mirrors;
    private readonly CommitWindow _window;
    private readonly Channel<object> _queue;
    private readonly JournalBatchWriter _writer = new();
    private readonly List<Waiting> _group = [];
    private readonly Task _loop;
    private bool _isGroupBroken;

    /// <summary>A transaction that waits for its outcome.</summary>
    private sealed class Waiting(EmbeddedTransaction transaction)
    {
        public EmbeddedTransaction Transaction { get; } = transaction;

        public TaskCompletionSource Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Work that must run between two groups.</summary>
    private sealed class Exclusive(Func<Task> work)
    {
        public Func<Task> Work { get; } = work;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public Committer(EmbeddedOptions options, MirrorSet mirrors)
    {
        _options = options;
        _mirrors = mirrors;
        _window = new CommitWindow(options.ConflictWindowKeys, mirrors.LastLsn);
        _queue = Channel.CreateBounded<object>(new BoundedChannelOptions(options.CommitQueueLength) { SingleReader = true });
        _loop = Task.Run(RunAsync);
    }

    /// <exception cref="KvException">See <see cref="KvFault"/>.</exception>
    public async Task CommitAsync(EmbeddedTransaction transaction, CancellationToken ct)
    {
        var waiting = new Waiting(transaction);
        try
        {
            await _queue.Writer.WriteAsync(waiting, ct);
        }
        catch (ChannelClosedException exception)
        {
            throw new KvException(KvFault.Unavailable, "The metadata store is closed.", exception);
        }
        // From here on it may be committed, so it is waited for whatever the caller would like.
        await waiting.Outcome.Task;
    }

    /// <summary>Runs work while no group is under way.</summary>
    public async Task RunExclusiveAsync(Func<Task> work, CancellationToken ct)
    {
        var exclusive = new Exclusive(work);
        await _queue.Writer.WriteAsync(exclusive, ct);
        await exclusive.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        object? next = null;
        while (next is not null || await _queue.Reader.WaitToReadAsync())
        {
            if (next is null && !_queue.Reader.TryRead(out next)) continue;
            if (next is Exclusive exclusive)
            {
                next = null;
                await RunAsync(exclusive);
                continue;
            }
            next = Collect((Waiting)next);
            await CommitGroupAsync();
        }
    }

    private static async Task RunAsync(Exclusive exclusive)
    {
        try
        {
            await exclusive.Work();
            exclusive.Done.SetResult();
        }
        catch (Exception exception)
        {
            exclusive.Done.SetException(exception);
        }
    }

    // Takes what waits into the group, as long as it fits; returns what was taken from the queue and does not belong to it.
    private object? Collect(Waiting first)
    {
        var lsn = _mirrors.LastLsn + 1;
        _window.BeginGroup();
        Admit(first, lsn);
        while (_writer.LengthBytes < _options.MaxGroupBytes && _queue.Reader.TryRead(out var next))
        {
            if (next is not Waiting waiting) return next;
            if (_writer.LengthBytes + waiting.Transaction.Writes.PayloadBytes > Storage.Log.LogLimits.MaxPayloadBytes) return next;
            Admit(waiting, lsn);
        }
        return null;
    }

    private void Admit(Waiting waiting, long lsn)
    {
        try
        {
            if (_mirrors.Latched is { } latched) throw new KvException(KvFault.Unavailable, latched);
            var transaction = waiting.Transaction;
            if (_window.Conflicts(transaction.Sequence, transaction.Reads))
                throw new KvException(KvFault.Conflict, "Something that the transaction read has changed.");
            var counters = ResolveCounters(transaction.Writes);
            Record(transaction.Writes, counters, lsn);
            _group.Add(waiting);
        }
        catch (Exception exception) when (exception is KvException or ObjectDisposedException)
        {
            waiting.Outcome.SetException(exception);
        }
        catch (RocksDbException exception)
        {
            waiting.Outcome.SetException(_mirrors.Primary.ReadFailed(exception));
        }
        catch (Exception exception)
        {
            // Nothing that is expected, and the transaction may be recorded in part: the group must not become durable.
            _isGroupBroken = true;
            _mirrors.Latch($"Preparing a commit failed in an unforeseen way: {exception.Message}");
            waiting.Outcome.SetException(new KvException(KvFault.Unavailable, "The metadata store failed before it committed.", exception));
        }
    }

    // Before anything is recorded: a counter that would pass its bound fails its transaction and leaves no trace.
    private long[]? ResolveCounters(WriteSet writes)
    {
        long[]? values = null;
        for (var i = 0; i < writes.Entries.Count; i++)
        {
            var entry = writes.Entries[i];
            if (entry.Kind != WriteKind.Add) continue;
            values ??= new long[writes.Entries.Count];
            var before = entry.FromZero ? 0 : ReadCounter(entry.Key);
            var limit = entry.Max ?? long.MaxValue;
            if (entry.Delta > 0 && before > limit - entry.Delta) throw new KvException(KvFault.BoundExceeded, "The counter would pass its maximum.");
            if (entry.Delta < 0 && before < long.MinValue - entry.Delta) throw new KvException(KvFault.BoundExceeded, "The counter would pass the least number that there is.");
            values[i] = before + entry.Delta;
        }
        return values;
    }

    private long ReadCounter(byte[] key)
    {
        if (_window.TryGetCounter(key, out var value)) return value;
        var database = _mirrors.Primary.Database;
        using var row = database.Rocks.GetPinned(key, database.FamilyOf(key));
        return row.Found ? WriteSet.ReadCounter(row.Span) : 0;
    }

    private void Record(WriteSet writes, long[]? counters, long lsn)
    {
        foreach (var range in writes.DeletedRanges)
        {
            _window.DeleteRange(lsn, range);
            _writer.Append(ChangeKind.DeleteRange, range.From.Span, range.To.Span);
        }
        Span<byte> counter = stackalloc byte[sizeof(long)];
        for (var i = 0; i < writes.Entries.Count; i++)
        {
            var entry = writes.Entries[i];
            if (entry.Kind == WriteKind.Delete)
            {
                _window.Delete(lsn, entry.Key);
                _writer.Append(ChangeKind.Delete, entry.Key, default);
                continue;
            }
            if (entry.Kind == WriteKind.Add) BinaryPrimitives.WriteInt64LittleEndian(counter, counters![i]);
            var value = entry.Kind == WriteKind.Add ? counter : entry.Value.Span;
            _window.Put(lsn, entry.Key, value);
            _writer.Append(ChangeKind.Put, entry.Key, value);
        }
    }

    private async Task CommitGroupAsync()
    {
        if (_group.Count == 0 && !_isGroupBroken) return;
        var lsn = _mirrors.LastLsn + 1;
        var (buffer, length) = _writer.Complete(new JournalBatch.Header(_group.Count, _mirrors.Epoch, lsn));
        var group = new CommitGroup(buffer, length, lsn);
        KvException? failure = null;
        try
        {
            if (_isGroupBroken) throw new KvException(KvFault.Unavailable, "The metadata store failed before it committed.");
            await _mirrors.CommitAsync(group);
        }
        catch (KvException exception)
        {
            failure = exception;
            _window.Reset(_mirrors.LastLsn);
        }
        catch (Exception exception)
        {
            // Nothing that is expected: what the mirrors have is not known, so nothing may be committed on top of it.
            _mirrors.Latch($"Committing failed in an unforeseen way: {exception.Message}");
            failure = new KvException(KvFault.UnknownOutcome, "The metadata store failed while committing.", exception);
        }
        finally
        {
            group.Release();
            _isGroupBroken = false;
        }
        foreach (var waiting in _group)
        {
            if (failure is null) waiting.Outcome.SetResult();
            else waiting.Outcome.SetException(new KvException(failure.Fault, failure.Message, failure));
        }
        _group.Clear();
    }
}
