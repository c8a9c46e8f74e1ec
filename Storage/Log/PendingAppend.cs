using System.Threading.Tasks.Sources;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Storage.Log;

/// <summary>An append on its way. Pooled: it goes back when its result has been taken.</summary>
internal sealed class PendingAppend(PendingAppendPool pool) : IValueTaskSource<LogEntry>
{
    private ManualResetValueTaskSourceCore<LogEntry> _source = new() { RunContinuationsAsynchronously = true };
    private ReadOnlyMemory<byte>[]? _single;
    private ReadOnlyMemory<ReadOnlyMemory<byte>> _segments;

    /// <summary>A request to begin a new file carries no record.</summary>
    public bool IsRoll { get; private set; }

    public byte Kind { get; private set; }

    public int PayloadBytes { get; private set; }

    public uint PayloadCrc { get; private set; }

    public object? State { get; private set; }

    public LogEntry Entry { get; set; }

    /// <summary>Its place among those that wait for room in the queue, while it is there.</summary>
    public LinkedListNode<PendingAppend>? Waiting { get; set; }

    public CancellationTokenRegistration Registration { get; set; }

    public ReadOnlySpan<ReadOnlyMemory<byte>> Segments => _segments.Span;

    public long QueuedBytes => LogFormat.RecordBytes(PayloadBytes);

    public ValueTask<LogEntry> Task => new(this, _source.Version);

    public void SetRecord(byte kind, ReadOnlyMemory<byte> payload, object? state)
    {
        _single ??= new ReadOnlyMemory<byte>[1];
        _single[0] = payload;
        SetRecord(kind, _single, state);
    }

    /// <summary>Runs on the caller's thread, and so does the checksum: the appender is one thread for all.</summary>
    public void SetRecord(byte kind, ReadOnlyMemory<ReadOnlyMemory<byte>> segments, object? state)
    {
        long length = 0;
        uint crc = 0;
        foreach (var segment in segments.Span)
        {
            length += segment.Length;
            crc = Crc32C.Append(crc, segment.Span);
        }
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LogLimits.MaxPayloadBytes, nameof(segments));
        (Kind, PayloadBytes, PayloadCrc, State, _segments, IsRoll) = (kind, (int)length, crc, state, segments, false);
    }

    public void SetRoll()
    {
        IsRoll = true;
        PayloadBytes = 0;
        _segments = default;
    }

    public void Complete() => _source.SetResult(Entry);

    public void Fail(Exception exception) => _source.SetException(exception);

    public LogEntry GetResult(short token)
    {
        // Waits for a cancellation that is under way, so that it cannot meet the next user.
        Registration.Dispose();
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>Gives up one that was never started.</summary>
    public void Release()
    {
        _source.Reset();
        _segments = default;
        if (_single is not null) _single[0] = default;
        State = null;
        Registration = default;
        Waiting = null;
        pool.Return(this);
    }
}

internal sealed class PendingAppendPool
{
    private const int MaxPooled = 1024;

    private readonly Lock _gate = new();
    private readonly Stack<PendingAppend> _free = new();

    public PendingAppend Rent()
    {
        lock (_gate)
            if (_free.TryPop(out var pooled)) return pooled;
        return new PendingAppend(this);
    }

    public void Return(PendingAppend append)
    {
        lock (_gate)
            if (_free.Count < MaxPooled) _free.Push(append);
    }
}
