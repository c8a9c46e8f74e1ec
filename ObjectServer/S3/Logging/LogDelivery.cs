using System.Globalization;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Server.S3.Authorization;

namespace ObjectStore.Server.S3.Logging;

/// <summary>How the delivery of a stream went.</summary>
/// <param name="Key">The last object that was written; null if none was.</param>
/// <param name="Failure">Why records remain that should have been delivered; null if none do.</param>
internal readonly record struct LogDeliveryResult(string? Key, Failure? Failure, int Objects, long Records, long Dropped, long Bytes);

/// <summary>
/// Makes log objects of queued records. The object and the end of its records are one transaction, so that each record is in one object, once, whatever
/// crashes. What may not be delivered stays; what waits for <see cref="KeptFor"/>, or whose target bucket is gone, is dropped.
/// </summary>
internal sealed class LogDelivery(ObjectServices services, BucketAccessCache buckets, IIdentities identities, string region, TimeProvider time)
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    /// <summary>Of one log object. Its rows go in its transaction, which bounds them.</summary>
    private const long MaxObjectBytes = 8L << 20;

    private const int MaxObjectRows = 8192;

    private readonly LogQueue _queue = new(services.Engine);
    private readonly ServicePermission _permission = new(identities, time, ServicePermission.Logging);
    private readonly Lock _gate = new();
    private ulong _lastUnique;

    /// <summary>Whether records of a bucket may go where its logging says, now.</summary>
    public bool IsPermitted(BucketAccess target, LogSource source, BucketLogging logging) =>
        _permission.Allows(target, source, logging.TargetPrefix, NameOf(logging, source, time.GetUtcNow(), 0));

    /// <param name="source">Whose stream it is; of one that others share, any of them.</param>
    /// <param name="beforeTicks">Younger records stay.</param>
    /// <param name="evenIfEmpty">Write an object although there are no records.</param>
    public async ValueTask<LogDeliveryResult> DeliverAsync(UInt128 stream, BucketLogging logging, LogSource source, ulong targetId, ulong beforeTicks, bool evenIfEmpty, CancellationToken ct)
    {
        var total = default(LogDeliveryResult);
        while (true)
        {
            var target = await buckets.FindAsync(logging.TargetBucket, ct);
            var batch = await ReadAsync(stream, target?.Id == targetId ? target : null, beforeTicks, ct);
            if (batch.Dead.Count > 0)
            {
                if ((await _queue.DeleteAsync(batch.Dead, ct)).Failure is { } kept) return total with { Failure = kept };
                total = total with { Dropped = total.Dropped + batch.Dead.Sum(row => row.Row.Count), Bytes = total.Bytes + batch.Dead.Sum(row => (long)row.Row.Lines.Length) };
            }
            if (batch.Rows.Count == 0 && batch.Dead.Count > 0) continue;
            var isWanted = batch.Rows.Count > 0 || (evenIfEmpty && total.Key is null && target?.Id == targetId && await MayAsync(target, source, logging, ct));
            if (!isWanted) return batch.IsDenied ? total with { Failure = Denied(logging) } : total;

            var written = await WriteAsync(target!, logging, source, batch.Rows, ct);
            if (!written.IsOk) return total with { Failure = written.Failure };
            total = new LogDeliveryResult(
                written.Value, null, total.Objects + 1, total.Records + batch.Rows.Sum(row => row.Row.Count), total.Dropped, total.Bytes + batch.Rows.Sum(row => (long)row.Row.Lines.Length));
            if (!batch.IsCut) return batch.IsDenied ? total with { Failure = Denied(logging) } : total;
        }
    }

    public static Failure Denied(BucketLogging logging) =>
        new(ObjectFault.JournalRefused) { Message = $"Logging bucket '{logging.TargetBucket}' does not allow log delivery" };

    private sealed record Batch(List<QueuedLog> Rows, List<QueuedLog> Dead)
    {
        public bool IsDenied { get; set; }

        /// <summary>There is more than goes into one object.</summary>
        public bool IsCut { get; set; }
    }

    private async ValueTask<Batch> ReadAsync(UInt128 stream, BucketAccess? target, ulong beforeTicks, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var dead = (now - KeptFor).ToTicks();
        var batch = new Batch([], []);
        var allowed = new Dictionary<ulong, bool>();
        var bytes = 0L;
        await _queue.ReadAsync(stream, beforeTicks, async row =>
        {
            if (batch.Rows.Count == MaxObjectRows || batch.Dead.Count == MaxObjectRows) return !(batch.IsCut = true);
            if (target is null || row.Ticks < dead)
            {
                batch.Dead.Add(row);
                return true;
            }
            if (!allowed.TryGetValue(row.Row.SourceBucketId, out var may))
            {
                may = await MayAsync(target, new LogSource(row.Row.SourceBucket, row.Row.SourceBucketId, row.Row.SourceOwnerId), BucketLogging.Of(row.Row.Logging)!, ct);
                allowed.Add(row.Row.SourceBucketId, may);
            }
            if (!may) return batch.IsDenied = true;
            bytes += row.Row.Lines.Length;
            if (batch.Rows.Count > 0 && (bytes > MaxObjectBytes || !IsOfOneObject(batch.Rows[0], row))) return !(batch.IsCut = true);
            batch.Rows.Add(row);
            return true;
        }, ct);
        return batch;
    }

    /// <summary>
    /// While the target takes what the source logs there now, it gets also what was recorded for another prefix before: or a change of the prefix,
    /// which begins with its permission, would lose what came before it.
    /// </summary>
    private async ValueTask<bool> MayAsync(BucketAccess target, LogSource source, BucketLogging logging, CancellationToken ct)
    {
        if (IsPermitted(target, source, logging)) return true;
        var current = await buckets.FindAsync(source.Bucket, ct);
        return current?.Id == source.BucketId && current.Logging is { } now && now.TargetBucket == target.Name && now.TargetPrefix != logging.TargetPrefix && IsPermitted(target, source, now);
    }

    private async ValueTask<Result<string>> WriteAsync(BucketAccess target, BucketLogging logging, LogSource source, List<QueuedLog> rows, CancellationToken ct)
    {
        var of = rows.Count == 0 ? source : new LogSource(rows[0].Row.SourceBucket, rows[0].Row.SourceBucketId, rows[0].Row.SourceOwnerId);
        var at = logging.KeyFormat == LogKeyFormat.ByEventTime && rows.Count > 0 ? KvRecords.FromTicks(rows[0].Ticks) : time.GetUtcNow();
        var key = NameOf(logging, of, at, NextUnique());
        var content = new MemoryStream();
        foreach (var row in rows) row.Row.Lines.WriteTo(content);
        var put = await services.Writer.PutAsync(new PutRequest
        {
            Bucket = target.Name,
            Key = key,
            OwnerId = target.OwnerId,
            Acl = target.HasAcls ? logging.ObjectAcl : default,
            Headers = ObjectHeaders.Empty with { ContentType = "text/plain" },
            Conditions = new WriteConditions { IfNoneMatch = ETagList.Star },
            Also = transaction => LogQueue.TakeAsync(transaction, rows, ct),
        }, new BytesSource(content.ToArray()), ct);
        return put.IsOk ? key : put.Failure;
    }

    // By the day of events, an object holds one day's.
    private static bool IsOfOneObject(QueuedLog first, QueuedLog next) =>
        (LogKeyFormat)first.Row.Logging.KeyFormat != LogKeyFormat.ByEventTime || KvRecords.FromTicks(first.Ticks).Date == KvRecords.FromTicks(next.Ticks).Date;

    // Source: S3 User Guide, "Log object key format". With the day of events, the hour is not told.
    private string NameOf(BucketLogging logging, LogSource source, DateTimeOffset at, ulong unique)
    {
        var day = at.UtcDateTime.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture);
        var account = identities.FindAccountByCanonicalId(source.OwnerId)?.Id ?? "-";
        var partition = logging.KeyFormat == LogKeyFormat.Simple ? "" : $"{account}/{region}/{source.Bucket}/{day}/";
        var name = at.UtcDateTime.ToString(logging.KeyFormat == LogKeyFormat.ByEventTime ? "yyyy-MM-dd-00-00-00" : "yyyy-MM-dd-HH-mm-ss", CultureInfo.InvariantCulture);
        return $"{logging.TargetPrefix}{partition}{name}-{unique:X16}";
    }

    // Names sort in the order of delivery, also within a second.
    private ulong NextUnique()
    {
        lock (_gate) return _lastUnique = Math.Max(_lastUnique + 1, time.GetUtcNow().ToTicks());
    }
}

/// <summary>A body in memory.</summary>
internal sealed class BytesSource(ReadOnlyMemory<byte> bytes) : IContentSource
{
    private int _position;

    public long? LengthBytes => bytes.Length;

    public ChecksumSet Digests => default;

    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        var count = Math.Min(destination.Length, bytes.Length - _position);
        bytes.Slice(_position, count).CopyTo(destination);
        _position += count;
        return ValueTask.FromResult(count);
    }

    public Failure? Verify(ComputedDigests digests) => null;
}
