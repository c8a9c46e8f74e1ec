namespace ObjectStore.Storage.Log;

/// <summary>The way in: appends queue in the order of the calls, up to a bound, and wait beyond it.</summary>
public sealed partial class DurableLog
{
    private readonly object _gate = new();
    private readonly PendingAppendPool _pool = new();
    private readonly Queue<PendingAppend> _queue = new();
    private readonly LinkedList<PendingAppend> _waiting = new();
    private long _queuedBytes;
    private bool _isClosing;
    private LogException? _latched;

    /// <summary>
    /// Appends one record; completes when it is durable and the observer has seen it. The memory must stay untouched until
    /// then. Records get their LSNs in the order of the calls.
    /// </summary>
    /// <param name="kind">At most <see cref="LogLimits.MaxKind"/>.</param>
    /// <param name="state">Handed to the observer with the record.</param>
    /// <param name="ct">Heeded while the append waits for room in the queue; once accepted it runs to its end.</param>
    /// <exception cref="LogException">See <see cref="LogFault"/>.</exception>
    public ValueTask<LogEntry> AppendAsync(byte kind, ReadOnlyMemory<byte> payload, object? state, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kind, LogLimits.MaxKind);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, LogLimits.MaxPayloadBytes);
        var append = _pool.Rent();
        append.SetRecord(kind, payload, state);
        return Enqueue(append, ct);
    }

    /// <summary>The same, with a payload of several segments, which are written one behind the other.</summary>
    public ValueTask<LogEntry> AppendAsync(byte kind, ReadOnlyMemory<ReadOnlyMemory<byte>> segments, object? state, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(kind, LogLimits.MaxKind);
        var append = _pool.Rent();
        append.SetRecord(kind, segments, state);
        return Enqueue(append, ct);
    }

    /// <summary>Begins a new file, so that the present one is sealed and can be reclaimed.</summary>
    public async ValueTask RollAsync(CancellationToken ct)
    {
        var append = _pool.Rent();
        append.SetRoll();
        await Enqueue(append, ct);
    }

    private ValueTask<LogEntry> Enqueue(PendingAppend append, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return Refuse(append, new OperationCanceledException(ct));
        var task = append.Task;
        LogException? refusal = null;
        lock (_gate)
        {
            if (_latched is not null) refusal = new LogException(LogFault.Latched, _latched.Message, _latched);
            else if (_isClosing) refusal = new LogException(LogFault.Closed, "The log is closed.");
            else if (_waiting.Count == 0 && HasRoom(append)) Accept(append);
            else append.Waiting = _waiting.AddLast(append);
        }
        if (refusal is not null) return Refuse(append, refusal);

        // Nobody takes the result, and so reuses the append, before the task below is returned.
        if (append.Waiting is not null && ct.CanBeCanceled)
            append.Registration = ct.UnsafeRegister(static (state, token) => ((CancelState)state!).Cancel(token), new CancelState(this, append));
        return task;
    }

    private static ValueTask<LogEntry> Refuse(PendingAppend append, Exception refusal)
    {
        append.Release();
        return ValueTask.FromException<LogEntry>(refusal);
    }

    private bool HasRoom(PendingAppend append) => _queuedBytes == 0 || _queuedBytes + append.QueuedBytes <= _options.MaxQueuedBytes;

    private void Accept(PendingAppend append)
    {
        append.Waiting = null;
        _queuedBytes += append.QueuedBytes;
        _queue.Enqueue(append);
        if (_queue.Count == 1) Monitor.Pulse(_gate);
    }

    /// <summary>Called under the lock when bytes have left the queue.</summary>
    private void AcceptWaiting()
    {
        while (_waiting.First is { } first && HasRoom(first.Value))
        {
            _waiting.RemoveFirst();
            Accept(first.Value);
        }
    }

    /// <summary>Blocks until there is something to do. False when the log is closing and the queue is empty.</summary>
    private bool TakeGroup(List<PendingAppend> group)
    {
        group.Clear();
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_isClosing) return false;
                Monitor.Wait(_gate);
            }

            long bytes = 0;
            while (bytes < _options.MaxGroupBytes && _queue.TryPeek(out var next))
            {
                // A roll is a group of its own.
                if (next.IsRoll && group.Count > 0) break;
                _queue.Dequeue();
                group.Add(next);
                bytes += next.QueuedBytes;
                if (next.IsRoll) break;
            }
        }
        return true;
    }

    private void ReleaseBytes(List<PendingAppend> group)
    {
        lock (_gate)
        {
            foreach (var append in group) _queuedBytes -= append.QueuedBytes;
            AcceptWaiting();
        }
    }

    /// <summary>The log is done for: everyone who waits is told, and nobody is let in.</summary>
    private void Latch(LogException reason, List<PendingAppend> group)
    {
        var rest = new List<PendingAppend>();
        lock (_gate)
        {
            Volatile.Write(ref _latched, reason);
            rest.AddRange(_queue);
            rest.AddRange(_waiting);
            _queue.Clear();
            _waiting.Clear();
            _queuedBytes = 0;
        }
        foreach (var append in group) append.Fail(reason);
        foreach (var append in rest) append.Fail(new LogException(LogFault.Latched, reason.Message, reason));
        group.Clear();
    }

    private sealed class CancelState(DurableLog log, PendingAppend append)
    {
        public void Cancel(CancellationToken token)
        {
            lock (log._gate)
            {
                if (append.Waiting?.List is null) return; // accepted meanwhile
                log._waiting.Remove(append.Waiting);
            }
            append.Fail(new OperationCanceledException(token));
        }
    }
}
