using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Analytics;

/// <summary>
/// Counts what requests do to the objects that analyses look at. Kept in memory and added to rows now and then: the end of the process loses what was counted
/// since, a stop in good order nothing. A bucket without analyses costs one comparison.
/// </summary>
internal sealed class AnalyticsCounters(ObjectEngine engine)
{
    public static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(15);

    /// <summary>That have changed since the last flush; of others nothing is counted until then.</summary>
    private const int MaxCells = 50_000;

    private readonly BucketAnalytics _analytics = new(engine);
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private Dictionary<AnalyticsCell, AnalyticsNumbers> _cells = [];
    private long _counted;
    private long _dropped;

    /// <summary>Reads and writes of buckets with analyses.</summary>
    public long Counted => Volatile.Read(ref _counted);

    /// <summary>Requests that were not counted for want of room.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Bytes of an object were sent.</summary>
    public void CountRead(BucketAccess? bucket, ObjectInfo read, long sentBytes)
    {
        if (bucket?.Analytics is not { } filters) return;
        Count(bucket.Id, filters, read.Key, read.Tags, read.StorageClass, read.LengthBytes, read.LastModified, new AnalyticsNumbers(1, sentBytes, 0));
    }

    /// <summary>An object was written by one request.</summary>
    public void CountWritten(BucketAccess? bucket, string key, IReadOnlyList<KeyValuePair<string, string>> tags, WriteResult written, long receivedBytes)
    {
        if (bucket?.Analytics is not { } filters) return;
        Count(bucket.Id, filters, key, tags, written.StorageClass, written.LengthBytes, written.LastModified, new AnalyticsNumbers(0, 0, receivedBytes));
    }

    /// <summary>Adds what was counted to its rows; what cannot be is kept.</summary>
    public async ValueTask<Result<Done>> FlushAsync(CancellationToken ct)
    {
        await _flushing.WaitAsync(ct);
        try
        {
            Dictionary<AnalyticsCell, AnalyticsNumbers> taken;
            lock (_gate)
            {
                if (_cells.Count == 0) return new Done();
                (taken, _cells) = (_cells, []);
            }
            foreach (var batch in taken.Chunk(1000))
            {
                var added = await _analytics.AddAsync(batch, ct);
                // Whether it was written is not known then, and twice is worse than not at all.
                if (added.IsOk || added.Fault == ObjectFault.UnknownOutcome) foreach (var (cell, _) in batch) taken.Remove(cell);
                else
                {
                    PutBack(taken);
                    return added.Failure;
                }
            }
            return new Done();
        }
        finally
        {
            _flushing.Release();
        }
    }

    private void Count(
        ulong bucketId, IReadOnlyList<AnalyticsFilter> filters, string key, IReadOnlyList<KeyValuePair<string, string>> tags, string? storageClass, long lengthBytes,
        DateTimeOffset modified, in AnalyticsNumbers numbers)
    {
        var now = engine.Time.GetUtcNow();
        var group = AgeGroups.Of(lengthBytes, modified, now, engine.Lifecycle.Clock.Day);
        var day = _analytics.DayOf(now);
        Interlocked.Increment(ref _counted);
        foreach (var filter in filters)
        {
            if (!filter.Takes(key, tags)) continue;
            var cell = new AnalyticsCell(bucketId, filter.Id, day, storageClass ?? StorageClasses.Standard, group);
            lock (_gate)
            {
                if (_cells.TryGetValue(cell, out var known) || _cells.Count < MaxCells) _cells[cell] = known.Plus(numbers);
                else _dropped++;
            }
        }
    }

    private void PutBack(Dictionary<AnalyticsCell, AnalyticsNumbers> cells)
    {
        lock (_gate)
        {
            foreach (var (cell, numbers) in cells) _cells[cell] = _cells.GetValueOrDefault(cell).Plus(numbers);
        }
    }
}
