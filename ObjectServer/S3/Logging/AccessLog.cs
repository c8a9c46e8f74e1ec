using Microsoft.Extensions.Logging.Abstractions;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Logging;

/// <summary>
/// The records of requests to buckets whose owners want them. Those of the standard type stand in the spool before the answer ends, and are moved into the queue
/// together, once in <see cref="CommitInterval"/>: a process that dies loses none, a loss of power at most those of that time. Those of a journal are durable with the
/// change that they tell of. Of a stream an object is made when the first record behind its roll time comes, when it is large, when nothing comes any more, or when
/// it is asked for. Nothing here makes a request fail; what cannot be delivered is tried again.
/// </summary>
internal sealed class AccessLog
{
    public static readonly TimeSpan CommitInterval = TimeSpan.FromSeconds(1);

    /// <summary>Beyond the roll time: so that the next record, which begins another object, is what ends this one while there are records.</summary>
    public static readonly TimeSpan IdleGrace = TimeSpan.FromSeconds(30);

    /// <summary>Of records that one stream has in the queue; with a target that takes nothing, what comes beyond is dropped and counted.</summary>
    private const long MaxQueuedBytes = 64L << 20;

    /// <summary>A stream with so many bytes becomes an object before its time.</summary>
    private const long RollBytes = 4L << 20;

    // Of a frame of the spool. One record may be longer.
    private const int FrameBytes = 64 * 1024;

    private static readonly TimeSpan SyncLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan MaxBackOff = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LogStreamState> _streams = [];
    private readonly SemaphoreSlim _committing = new(1, 1);
    private readonly BucketAccessCache _buckets;
    private readonly LogQueue _queue;
    private readonly LogDelivery _delivery;
    private readonly LogSignals _signals;
    private readonly LogSpool _spool;
    private readonly LogSpoolFlusher _flusher;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ulong _lastTicks;

    /// <param name="places">Drives for the spool; without any, what a process that dies has not moved into the queue is lost.</param>
    public AccessLog(ObjectServices services, IIdentities identities, string region, IReadOnlyList<ILogSpoolPlace>? places = null, ILogger? logger = null)
    {
        _time = services.Engine.Time;
        _buckets = new BucketAccessCache(services.Buckets, identities);
        _queue = new LogQueue(services.Engine);
        _signals = services.Engine.LogSignals;
        _delivery = new LogDelivery(services, _buckets, identities, region, _time);
        _logger = logger ?? NullLogger.Instance;
        _spool = new LogSpool(places ?? [], services.Engine.Ids.Session, _time, _logger);
        _flusher = new LogSpoolFlusher(services.Engine, _spool, _logger);
    }

    /// <summary>Bytes of records that are not in the queue yet.</summary>
    public long SpoolBytes => _spool.PendingBytes;

    /// <summary>Records for which no drive had a place.</summary>
    public long Unprotected => _spool.Unprotected;

    /// <summary>Places where the spool was damaged.</summary>
    public long SpoolDamages => _flusher.Damages;

    public AccessLogCounts Counts { get; } = new();

    /// <summary>The bucket, if its requests are recorded.</summary>
    public async ValueTask<BucketAccess?> FindSourceAsync(string bucket, CancellationToken ct) =>
        await _buckets.FindAsync(bucket, ct) is { Logging: not null } source ? source : null;

    /// <summary>Why a change must not happen because its journal could not be delivered; null if it may.</summary>
    public async ValueTask<Failure?> CheckJournalAsync(BucketAccess source, OperationRow operation, string? key, CancellationToken ct)
    {
        if (source.Logging is not { Type: LogType.Journal } logging || !LogOperations.NeedsJournal(operation) || (key is not null && !logging.Takes(key))) return null;
        return await CheckTargetAsync(SourceOf(source), logging, ct);
    }

    /// <summary>Why records could not be delivered there now; null if they could.</summary>
    public async ValueTask<Failure?> CheckTargetAsync(LogSource source, BucketLogging logging, CancellationToken ct)
    {
        if (await _buckets.FindAsync(logging.TargetBucket, ct) is not { } target)
            return new Failure(ObjectFault.JournalRefused) { Message = $"Logging bucket '{logging.TargetBucket}' does not exist" };
        return _delivery.IsPermitted(target, source, logging) ? null : LogDelivery.Denied(logging);
    }

    public static LogSource SourceOf(BucketAccess bucket) => new(bucket.Name, bucket.Id, bucket.OwnerId);

    /// <summary>Takes the record of a request to a bucket, as the bucket was when the request was let in; it is safe from the end of the process when this returns.</summary>
    public async ValueTask WriteAsync(BucketAccess source, AccessLogEntry entry, CancellationToken ct)
    {
        var logging = source.Logging!;
        if (logging.Type == LogType.Standard) await AppendAsync(source, logging, entry.ToLines(SourceOf(source)), 1 + entry.Deletes.Count, ct);
        else if (entry.IsSuccess) await TouchAsync(source, logging, ct);
    }

    /// <summary>The record of a copy for its source.</summary>
    public async ValueTask WriteSourceAsync(AccessLogEntry entry, string operation, string bucket, string key, string? versionId, CancellationToken ct)
    {
        if (await FindSourceAsync(bucket, ct) is not { Logging: { Type: LogType.Standard } logging } source) return;
        await AppendAsync(source, logging, entry.ToSourceLine(SourceOf(source), operation, key, versionId), 1, ct);
    }

    /// <summary>
    /// Delivers all that was recorded for a bucket, also what others recorded into the same objects. With nothing recorded an empty object is written, if
    /// <paramref name="evenIfEmpty"/>.
    /// </summary>
    /// <returns>The name of the last object; null if there was nothing to write.</returns>
    public async ValueTask<Result<string?>> FlushAsync(LogSource source, BucketLogging logging, bool evenIfEmpty, CancellationToken ct)
    {
        if (await _buckets.FindAsync(logging.TargetBucket, ct) is not { } target)
            return new Failure(ObjectFault.JournalRefused) { Message = $"Logging bucket '{logging.TargetBucket}' does not exist" };
        var id = LogStreams.IdOf(logging, target.Id, source.BucketId);
        LogStreamState stream;
        lock (_gate)
        {
            TakeSignals();
            stream = StreamOf(id, logging, target.Id, source);
            stream.BeginDelivery();
            stream.Flushes++;
        }
        try
        {
            var committed = await CommitAsync(ct);
            if (!committed.IsOk) return committed.Failure;
            var result = await DeliverAsync(id, ulong.MaxValue, evenIfEmpty, ct);
            return result.Key is null && result.Failure is { } failure ? failure : result.Key;
        }
        finally
        {
            lock (_gate) stream.Flushes--;
        }
    }

    /// <summary>Commits and delivers until it is stopped; then commits once more, and leaves no spool.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        // Not with the rest, which may itself wait for the drive.
        await using var watch = _time.CreateTimer(static spool => ((LogSpool)spool!).GiveUpHanging(), _spool, CommitInterval, CommitInterval);
        try
        {
            while (true)
            {
                await Task.Delay(CommitInterval, _time, ct);
                await TickAsync(ct);
            }
        }
        finally
        {
            await CommitAsync(CancellationToken.None);
            await _flusher.TidyAsync(all: true, CancellationToken.None);
        }
    }

    /// <summary>Finds what former sessions have left, in the spool and in the queue. To be called before requests come.</summary>
    public async ValueTask LoadAsync(CancellationToken ct)
    {
        // What is moved now is found in the queue.
        await RecoverAsync(static _ => { }, ct);
        foreach (var queued in await _queue.ListStreamsAsync(ct))
        {
            var source = new LogSource(queued.First.SourceBucket, queued.First.SourceBucketId, queued.First.SourceOwnerId);
            lock (_gate)
            {
                var stream = StreamOf(queued.Id, BucketLogging.Of(queued.First.Logging)!, queued.First.TargetBucketId, source);
                stream.FirstTicks = queued.FirstTicks;
                stream.QueuedBytes = queued.Bytes;
            }
        }
    }

    /// <summary>One round: makes durable what was collected, delivers what is due.</summary>
    public async ValueTask TickAsync(CancellationToken ct)
    {
        var now = _time.GetUtcNow();
        TakeSignals();
        List<(UInt128 Id, ulong Before)> due = [];
        lock (_gate)
        {
            foreach (var (id, stream) in _streams)
            {
                if (stream.TakeDue(now) is { } before) due.Add((id, before));
            }
        }
        await RecoverAsync(Found, ct);
        await CommitAsync(ct);
        foreach (var (id, before) in due) await DeliverAsync(id, before, evenIfEmpty: false, ct);
        lock (_gate)
        {
            foreach (var (id, stream) in _streams)
            {
                if (stream.IsIdle) _streams.Remove(id);
            }
        }
        await _flusher.TidyAsync(all: false, ct);
    }

    /// <summary>When the oldest record that is not delivered came; null if there is none.</summary>
    public DateTimeOffset? OldestAt
    {
        get
        {
            lock (_gate)
            {
                var first = _streams.Values.Where(stream => stream.OldestTicks > 0).Select(stream => stream.OldestTicks).DefaultIfEmpty().Min();
                return first == 0 ? null : KvRecords.FromTicks(first);
            }
        }
    }

    /// <summary>Streams whose last delivery failed.</summary>
    public int FailingStreams
    {
        get
        {
            lock (_gate) return _streams.Values.Count(stream => stream.Failures > 0);
        }
    }

    private async ValueTask AppendAsync(BucketAccess source, BucketLogging logging, byte[] lines, int count, CancellationToken ct)
    {
        if (await FindTargetAsync(logging.TargetBucket, ct) is not { } target)
        {
            Counts.Drop(count);
            return;
        }
        if (Spool(SourceOf(source), logging, target.Id, lines, count) is not { } ticket || await _spool.WriteAsync(ticket)) return;
        try
        {
            // A drive that fails has taken what is in its file along; the queue has it as soon as it is asked to.
            await CommitAsync(ct);
        }
        catch (KvException e)
        {
            StoreLog.LogQueueFails(_logger, e.Message);
        }
    }

    private async ValueTask<BucketAccess?> FindTargetAsync(string bucket, CancellationToken ct)
    {
        try
        {
            return await _buckets.FindAsync(bucket, ct);
        }
        catch (KvException e)
        {
            StoreLog.LogQueueFails(_logger, e.Message);
            return null;
        }
    }

    private LogSpoolTicket? Spool(in LogSource from, BucketLogging logging, ulong targetId, ReadOnlyMemory<byte> lines, int count)
    {
        var id = LogStreams.IdOf(logging, targetId, from.BucketId);
        lock (_gate)
        {
            var stream = StreamOf(id, logging, targetId, from);
            if (stream.QueuedBytes + stream.PendingBytes > MaxQueuedBytes)
            {
                Counts.Drop(count);
                return null;
            }
            var ticks = NextTicks();
            stream.Note(ticks);
            LogSpoolTicket? last = null;
            foreach (var (part, partCount) in Split(lines, count))
            {
                if (_spool.Append(stream.RouteOf(from, logging), ticks, stream.Part, partCount, part.Span) is { } ticket)
                {
                    stream.Append(part.Length);
                    last = ticket;
                }
                else
                {
                    Counts.Drop(partCount);
                }
            }
            if (stream.CollectedBytes > RollBytes) stream.Roll(ticks + 1);
            return last;
        }
    }

    /// <summary>Whole lines, as many as go into a frame; one that is longer goes alone.</summary>
    private static IEnumerable<(ReadOnlyMemory<byte> Lines, int Count)> Split(ReadOnlyMemory<byte> lines, int count)
    {
        while (lines.Length > FrameBytes)
        {
            var end = lines.Span[..FrameBytes].LastIndexOf((byte)'\n') + 1;
            var part = lines[..(end > 0 ? end : lines.Span.IndexOf((byte)'\n') + 1)];
            var partCount = part.Span.Count((byte)'\n');
            yield return (part, partCount);
            lines = lines[part.Length..];
            count -= partCount;
        }
        if (!lines.IsEmpty) yield return (lines, count);
    }

    /// <summary>Rows that are in the queue already, of changes that the service itself has made.</summary>
    private void TakeSignals()
    {
        lock (_gate)
        {
            foreach (var (id, signal) in _signals.Take())
            {
                var ticks = NextTicks();
                var stream = StreamOf(id, signal.Logging, signal.TargetBucketId, signal.Source);
                stream.Note(ticks);
                stream.Append(signal.LengthBytes);
                stream.Queue(signal.LengthBytes);
                if (stream.CollectedBytes > RollBytes) stream.Roll(ticks + 1);
            }
            _signals.Full = _streams.Where(entry => entry.Value.QueuedBytes + entry.Value.PendingBytes > MaxQueuedBytes).Select(entry => entry.Key).ToHashSet();
        }
        if (_signals.TakeDropped() is var dropped and > 0) Counts.Drop((int)Math.Min(dropped, int.MaxValue));
    }

    private async ValueTask TouchAsync(BucketAccess source, BucketLogging logging, CancellationToken ct)
    {
        if (await _buckets.FindAsync(logging.TargetBucket, ct) is not { } target) return;
        var from = SourceOf(source);
        lock (_gate) StreamOf(LogStreams.IdOf(logging, target.Id, from.BucketId), logging, target.Id, from).Note(NextTicks());
    }

    // Records get times of their own, so that what came before a moment and what came after it part cleanly.
    private ulong NextTicks() => _lastTicks = Math.Max(_lastTicks + 1, _time.GetUtcNow().ToTicks());

    private LogStreamState StreamOf(UInt128 id, BucketLogging logging, ulong targetId, LogSource source)
    {
        if (!_streams.TryGetValue(id, out var stream)) _streams.Add(id, stream = new LogStreamState(targetId));
        (stream.Logging, stream.Source) = (logging, source);
        return stream;
    }

    private async ValueTask RecoverAsync(Action<IReadOnlyList<LogFrame>> onMoved, CancellationToken ct)
    {
        await _committing.WaitAsync(ct);
        try
        {
            await _flusher.RecoverAsync(onMoved, ct);
        }
        finally
        {
            _committing.Release();
        }
    }

    private async ValueTask<Result<Done>> CommitAsync(CancellationToken ct)
    {
        await _committing.WaitAsync(ct);
        Result<Done> result = ObjectFault.ServiceUnavailable;
        try
        {
            return result = await _flusher.FlushAsync(Queued, ct);
        }
        finally
        {
            _committing.Release();
            // What the queue has is durable; the rest has to wait where a loss of power leaves it.
            if (!result.IsOk) await Task.Run(_spool.Sync, CancellationToken.None).WaitAsync(SyncLimit, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Queued(IReadOnlyList<LogFrame> frames)
    {
        lock (_gate)
        {
            foreach (var frame in frames) _streams.GetValueOrDefault(frame.Route.Stream)?.Queue(frame.Lines.Length);
        }
    }

    /// <summary>Records of another session have come into the queue.</summary>
    private void Found(IReadOnlyList<LogFrame> frames)
    {
        lock (_gate)
        {
            foreach (var frame in frames)
            {
                var stream = StreamOf(frame.Route.Stream, frame.Route.Logging, frame.Route.TargetId, frame.Route.Source);
                if (stream.FirstTicks == 0) stream.FirstTicks = frame.Ticks;
            }
        }
    }

    private async ValueTask<LogDeliveryResult> DeliverAsync(UInt128 id, ulong before, bool evenIfEmpty, CancellationToken ct)
    {
        LogStreamState? stream;
        lock (_gate) stream = _streams.GetValueOrDefault(id);
        if (stream is null) return default;
        await stream.Turn.WaitAsync(ct);
        try
        {
            var result = await _delivery.DeliverAsync(id, stream.Logging, stream.Source, stream.TargetId, before, evenIfEmpty, ct);
            Counts.Add(result);
            lock (_gate) stream.EndDelivery(before, result, BackOff(stream.Failures), _time.GetUtcNow());
            return result;
        }
        finally
        {
            stream.Turn.Release();
        }
    }

    private static TimeSpan BackOff(int failures) => TimeSpan.FromSeconds(Math.Min(MaxBackOff.TotalSeconds, Math.Pow(2, Math.Min(failures, 10))));
}
