using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Routing;

namespace ObjectStore.Server.S3.Logging;

/// <summary>
/// The records of requests to buckets whose owners want them. Those of the standard type are collected in memory and made durable together, once in
/// <see cref="CommitInterval"/>: a crash loses at most the records of that time. Those of a journal are durable with the change that they tell of.
/// Of a stream an object is made when the first record behind its roll time comes, when it is large, when nothing comes any more, or when it is asked for.
/// Nothing here makes a request fail; what cannot be delivered is tried again.
/// </summary>
internal sealed class AccessLog
{
    public static readonly TimeSpan CommitInterval = TimeSpan.FromSeconds(1);

    /// <summary>Beyond the roll time: so that the next record, which begins another object, is what ends this one while there are records.</summary>
    public static readonly TimeSpan IdleGrace = TimeSpan.FromSeconds(30);

    /// <summary>Of records in memory; what comes beyond is dropped and counted.</summary>
    private const long MaxBufferedBytes = 32L << 20;

    /// <summary>Of records that one stream has in the queue; with a target that takes nothing, what comes beyond is dropped and counted.</summary>
    private const long MaxQueuedBytes = 64L << 20;

    /// <summary>A stream with so many bytes becomes an object before its time.</summary>
    private const long RollBytes = 4L << 20;

    private const int TransactionBytes = 2 << 20;

    private static readonly TimeSpan MaxBackOff = TimeSpan.FromMinutes(5);

    /// <summary>How long a flush waits for answers that are on their way.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, LogStreamState> _streams = [];
    private readonly HashSet<TaskCompletionSource> _answering = [];
    private readonly SemaphoreSlim _committing = new(1, 1);
    private readonly BucketAccessCache _buckets;
    private readonly LogQueue _queue;
    private readonly LogDelivery _delivery;
    private readonly TimeProvider _time;
    private long _bufferedBytes;
    private ulong _lastTicks;

    public AccessLog(ObjectServices services, IIdentities identities, string region)
    {
        _time = services.Engine.Time;
        _buckets = new BucketAccessCache(services.Buckets, identities);
        _queue = new LogQueue(services.Engine);
        _delivery = new LogDelivery(services, _buckets, identities, region, _time);
    }

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

    /// <summary>An answer begins to leave: a flush waits for its record. To be told when that is written.</summary>
    public TaskCompletionSource BeginAnswer()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _answering.Add(answer);
        return answer;
    }

    public void EndAnswer(TaskCompletionSource answer)
    {
        lock (_gate) _answering.Remove(answer);
        answer.SetResult();
    }

    /// <summary>Takes the record of a request to a bucket, as the bucket was when the request was let in.</summary>
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
        await AnswersAsync(ct);
        var id = LogStreams.IdOf(logging, target.Id, source.BucketId);
        LogStreamState stream;
        lock (_gate)
        {
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

    /// <summary>Commits and delivers until it is stopped; then commits once more.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await LoadAsync(ct);
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
        }
    }

    /// <summary>Finds what was left in the queue.</summary>
    public async ValueTask LoadAsync(CancellationToken ct)
    {
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
        List<(UInt128 Id, ulong Before)> due = [];
        lock (_gate)
        {
            foreach (var (id, stream) in _streams)
            {
                if (stream.TakeDue(now) is { } before) due.Add((id, before));
            }
        }
        await CommitAsync(ct);
        foreach (var (id, before) in due) await DeliverAsync(id, before, evenIfEmpty: false, ct);
        lock (_gate)
        {
            foreach (var (id, stream) in _streams)
            {
                if (stream.IsIdle) _streams.Remove(id);
            }
        }
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
        if (await _buckets.FindAsync(logging.TargetBucket, ct) is not { } target)
        {
            Counts.Drop(count);
            return;
        }
        var from = SourceOf(source);
        var id = LogStreams.IdOf(logging, target.Id, from.BucketId);
        lock (_gate)
        {
            var stream = StreamOf(id, logging, target.Id, from);
            if (_bufferedBytes + lines.Length > MaxBufferedBytes || stream.QueuedBytes > MaxQueuedBytes)
            {
                Counts.Drop(count);
                return;
            }
            var ticks = NextTicks();
            stream.Note(ticks);
            stream.Append(from, logging, ticks, lines, count);
            if (stream.CollectedBytes > RollBytes) stream.Roll(ticks + 1);
            _bufferedBytes += lines.Length;
        }
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

    /// <summary>Waits until the answers that are on their way are recorded; not for long, as one may go on for hours.</summary>
    public async ValueTask AnswersAsync(CancellationToken ct)
    {
        Task[] answers;
        lock (_gate) answers = [.. _answering.Select(answer => answer.Task)];
        if (answers.Length > 0) await Task.WhenAny(Task.WhenAll(answers), Task.Delay(AnswerLimit, _time, ct));
    }

    private async ValueTask<Result<Done>> CommitAsync(CancellationToken ct)
    {
        await _committing.WaitAsync(ct);
        try
        {
            while (true)
            {
                List<(LogStreamState Stream, LogChunk Chunk)> chunks;
                lock (_gate) chunks = TakeChunks();
                if (chunks.Count == 0) return new Done();
                var result = await StoreAsync(chunks, ct);
                if (!result.IsOk) return result;
            }
        }
        finally
        {
            _committing.Release();
        }
    }

    private List<(LogStreamState Stream, LogChunk Chunk)> TakeChunks()
    {
        var taken = new List<(LogStreamState, LogChunk)>();
        var bytes = 0;
        foreach (var stream in _streams.Values)
        {
            while (bytes < TransactionBytes && stream.TakeChunk() is { } chunk)
            {
                taken.Add((stream, chunk));
                bytes += chunk.Length;
            }
        }
        return taken;
    }

    private async ValueTask<Result<Done>> StoreAsync(List<(LogStreamState Stream, LogChunk Chunk)> chunks, CancellationToken ct)
    {
        var rows = new List<QueuedLog>(chunks.Count);
        foreach (var (stream, chunk) in chunks)
        {
            // The same key when it is tried again: whether the first attempt was written may not be known.
            chunk.Number ??= _queue.NextNumber();
            var id = LogStreams.IdOf(chunk.Logging, stream.TargetId, chunk.Source.BucketId);
            rows.Add(new QueuedLog(SchemaKeys.LogRow(id, chunk.FirstTicks, _queue.Session, chunk.Number.Value), LogStreams.RowOf(chunk.Logging, stream.TargetId, chunk.Source, chunk.Count, chunk.Lines)));
        }
        Result<Done> result = ObjectFault.ServiceUnavailable;
        try
        {
            return result = await _queue.AppendAsync(rows, ct);
        }
        finally
        {
            lock (_gate)
            {
                foreach (var (stream, chunk) in Enumerable.Reverse(chunks))
                {
                    if (!result.IsOk) stream.PutBack(chunk);
                    else (stream.QueuedBytes, _bufferedBytes) = (stream.QueuedBytes + chunk.Length, _bufferedBytes - chunk.Length);
                }
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
