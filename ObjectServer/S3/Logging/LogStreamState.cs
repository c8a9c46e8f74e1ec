using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Logging;

/// <summary>Records of one source that become one row of the queue.</summary>
internal sealed class LogChunk(LogSource source, BucketLogging logging, ulong firstTicks)
{
    private readonly MemoryStream _lines = new();

    public LogSource Source => source;

    public BucketLogging Logging => logging;

    public ulong FirstTicks => firstTicks;

    public int Count { get; private set; }

    public int Length => (int)_lines.Length;

    public ReadOnlySpan<byte> Lines => _lines.GetBuffer().AsSpan(0, Length);

    /// <summary>Of its row, once it has been tried to be written.</summary>
    public ulong? Number { get; set; }

    public void Append(ReadOnlySpan<byte> lines, int count)
    {
        _lines.Write(lines);
        Count += count;
    }
}

/// <summary>What is known in memory of one stream of records. Not thread-safe: <see cref="AccessLog"/> guards it.</summary>
internal sealed class LogStreamState(ulong targetId)
{
    // A row of the queue takes 128 KiB; one request with 1,000 keys of 1 KiB each is cut.
    private const int ChunkBytes = 64 * 1024;

    private readonly Dictionary<ulong, LogChunk> _open = [];
    private readonly LinkedList<LogChunk> _chunks = [];
    private ulong _rollBefore;
    private ulong _failedTicks;
    private DateTimeOffset _retryAt;

    public ulong TargetId => targetId;

    public BucketLogging Logging { get; set; } = null!;

    public LogSource Source { get; set; }

    /// <summary>Of the first record that the object to come will have; 0 without one.</summary>
    public ulong FirstTicks { get; set; }

    public long QueuedBytes { get; set; }

    /// <summary>Of records for the object to come.</summary>
    public long CollectedBytes { get; private set; }

    public int Failures { get; private set; }

    public ulong OldestTicks => _failedTicks > 0 ? _failedTicks : FirstTicks;

    public bool IsIdle => FirstTicks == 0 && _rollBefore == 0 && Failures == 0 && _chunks.Count == 0 && Flushes == 0 && Turn.CurrentCount == 1;

    /// <summary>That are under way.</summary>
    public int Flushes { get; set; }

    /// <summary>Deliveries of a stream take turns.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>A record comes: the first one behind the roll time begins another object.</summary>
    public void Note(ulong ticks)
    {
        if (FirstTicks > 0 && ticks >= FirstTicks + (ulong)Logging.RollTime.Ticks) Roll(ticks);
        if (FirstTicks == 0) FirstTicks = ticks;
    }

    /// <summary>What came before is to become an object.</summary>
    public void Roll(ulong beforeTicks)
    {
        _rollBefore = beforeTicks;
        BeginDelivery();
    }

    /// <summary>What comes from now on belongs to another object.</summary>
    public void BeginDelivery()
    {
        _open.Clear();
        (FirstTicks, CollectedBytes) = (0, 0);
    }

    public void Append(LogSource source, BucketLogging logging, ulong ticks, ReadOnlySpan<byte> lines, int count)
    {
        CollectedBytes += lines.Length;
        while (lines.Length > ChunkBytes)
        {
            var end = lines[..ChunkBytes].LastIndexOf((byte)'\n') + 1;
            var part = end > 0 ? lines[..end] : lines[..(lines.IndexOf((byte)'\n') + 1)];
            var whole = new LogChunk(source, logging, ticks);
            whole.Append(part, part.Count((byte)'\n'));
            _chunks.AddLast(whole);
            lines = lines[part.Length..];
            count -= whole.Count;
        }
        if (lines.IsEmpty) return;
        if (!_open.TryGetValue(source.BucketId, out var chunk) || chunk.Length + lines.Length > ChunkBytes || !IsSameDay(chunk.FirstTicks, ticks) || !chunk.Logging.Equals(logging))
        {
            _open[source.BucketId] = chunk = new LogChunk(source, logging, ticks);
            _chunks.AddLast(chunk);
        }
        chunk.Append(lines, count);
    }

    public LogChunk? TakeChunk()
    {
        if (_chunks.First?.Value is not { } chunk) return null;
        _chunks.RemoveFirst();
        if (_open.GetValueOrDefault(chunk.Source.BucketId) == chunk) _open.Remove(chunk.Source.BucketId);
        return chunk;
    }

    public void PutBack(LogChunk chunk) => _chunks.AddFirst(chunk);

    /// <summary>Before when records are to be delivered now; null if none are.</summary>
    public ulong? TakeDue(DateTimeOffset now)
    {
        if (Failures > 0 && now < _retryAt) return null;
        if (FirstTicks > 0 && now >= KvRecords.FromTicks(FirstTicks) + Logging.RollTime + AccessLog.IdleGrace)
        {
            BeginDelivery();
            return ulong.MaxValue;
        }
        if (_rollBefore > 0) return _rollBefore;
        return Failures > 0 ? FirstTicks > 0 ? FirstTicks : ulong.MaxValue : null;
    }

    public void EndDelivery(ulong before, LogDeliveryResult result, TimeSpan backOff, DateTimeOffset now)
    {
        QueuedBytes = Math.Max(0, QueuedBytes - result.Bytes);
        if (result.Failure is null)
        {
            (Failures, _failedTicks) = (0, 0);
            if (_rollBefore <= before) _rollBefore = 0;
            return;
        }
        Failures++;
        _retryAt = now + backOff;
        if (_failedTicks == 0) _failedTicks = now.ToTicks();
    }

    private static bool IsSameDay(ulong first, ulong second) => KvRecords.FromTicks(first).Date == KvRecords.FromTicks(second).Date;
}
