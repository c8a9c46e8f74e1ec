using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Reports;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Analytics;

/// <summary>
/// Ends the days of analyses: counts what is stored by age, adds what requests did that day, and writes the file with all days anew. The file, the day's record
/// and the end of the day's counters are one transaction; the walk through the bucket goes on after a crash where it was. What is counted is not of one moment.
/// </summary>
internal sealed class AnalyticsEngine(ObjectServices services, IIdentities identities, AnalyticsCounters counters)
{
    /// <summary>Days that an analysis keeps.</summary>
    public const int KeptDays = 400;

    private const int PagesOfStep = 20;

    internal int PageKeys { get; init; } = 1000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(10);

    private readonly BucketAnalytics _analytics = new(services.Engine);
    private readonly ReportDelivery _delivery = new(services, identities);
    private readonly Dictionary<string, DateTimeOffset> _retryAt = [];
    private long _exports;
    private long _failures;

    private TimeProvider Time => services.Engine.Time;

    private TimeSpan Day => services.Engine.Lifecycle.Clock.Day;

    /// <summary>Exports that were written.</summary>
    public long Exports => Volatile.Read(ref _exports);

    /// <summary>Exports that could not be written, and are tried again.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>Requests that were not counted.</summary>
    public long Dropped => counters.Dropped;

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Least(AnalyticsCounters.FlushInterval, Day), Time, ct);
                await counters.FlushAsync(ct);
                await TickAsync(ct);
            }
        }
        finally
        {
            await counters.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Writes all exports that are due.</summary>
    public async ValueTask TickAsync(CancellationToken ct)
    {
        foreach (var due in await _analytics.ListAsync(ct))
        {
            var now = Time.GetUtcNow();
            if (due.State.Day == 0 && now < KvRecords.FromTicks(due.State.DueTicks)) continue;
            var name = $"{due.BucketId}/{due.Id}";
            if (_retryAt.TryGetValue(name, out var retryAt) && now < retryAt) continue;
            _retryAt.Remove(name);
            if (await ExportAsync(due, ct)) continue;
            Interlocked.Increment(ref _failures);
            _retryAt[name] = now + Least(RetryAfter, Day);
        }
    }

    private static TimeSpan Least(TimeSpan first, TimeSpan second) => first < second ? first : second;

    /// <returns>False if it has to be tried again.</returns>
    private async ValueTask<bool> ExportAsync(DueAnalysis due, CancellationToken ct)
    {
        var source = await _delivery.FindAsync(due.State.Bucket, ct);
        var list = source?.Id == due.BucketId ? await _analytics.GetAsync(source.Name, ct) : ObjectFault.NoSuchBucket;
        if (!list.IsOk && list.Fault != ObjectFault.NoSuchBucket) return false;
        var configuration = list.IsOk ? list.Value.Items.FirstOrDefault(item => item.Id == due.Id) : null;
        if (configuration is null) return (await _analytics.ForgetAsync(due, ct)).IsOk;
        var name = $"{source!.Name}/{configuration.Id}.csv";
        if (await _delivery.FindTargetAsync(source, configuration.TargetBucket, configuration.TargetAccount, configuration.TargetPrefix, name, ct) is not { } target) return false;

        var state = due.State;
        if (state.Day == 0)
        {
            // Days that were missed have no storage: what there was then is not known now.
            var begun = new AnalyticsStateRecord { Bucket = state.Bucket, DueTicks = state.DueTicks, Day = _analytics.DayOf(Time.GetUtcNow()) - 1 };
            if (!(await _analytics.AdvanceAsync(due.Key, state, begun, ct)).IsOk) return false;
            state = begun;
        }
        if (await WalkAsync(due, source, new AnalyticsFilter(configuration), state, ct) is not { } walked) return false;
        return await FinishAsync(due, configuration, target, ReportDelivery.FolderOf(configuration.TargetPrefix) + name, walked.Before, walked.Sums, ct);
    }

    /// <summary>Counts what is stored. What it has counted is kept every now and then.</summary>
    /// <returns>The row as it is now, and the sums of all; null if that failed.</returns>
    private async ValueTask<(AnalyticsStateRecord Before, AnalyticsDayRecord Sums)?> WalkAsync(
        DueAnalysis due, BucketAccess source, AnalyticsFilter filter, AnalyticsStateRecord state, CancellationToken ct)
    {
        var sums = new AnalyticsDayRecord();
        sums.Sums.Add(state.Sums.Select(sum => sum.Clone()));
        var marker = ObjectInfos.NullIfEmpty(state.KeyMarker);
        for (var pages = 1; ; pages++)
        {
            var page = await services.Lister.ListAsync(new ListRequest { Bucket = source.Name, Prefix = filter.Prefix, StartAfter = marker, MaxKeys = PageKeys }, ct);
            if (!page.IsOk) return null;
            foreach (var found in page.Value.Objects)
            {
                if (await TakesAsync(source.Name, filter, found, ct) is not { } takes) return null;
                if (!takes) continue;
                var sum = BucketAnalytics.SumOf(sums, found.StorageClass ?? StorageClasses.Standard, AgeGroups.Of(found.LengthBytes, found.LastModified, Time.GetUtcNow(), Day));
                sum.Objects++;
                sum.Bytes += (ulong)found.LengthBytes;
            }
            marker = page.Value.NextStartAfter;
            if (marker is null) return (state, sums);
            if (pages % PagesOfStep != 0) continue;
            var next = state.Clone();
            next.KeyMarker = marker;
            next.Sums.Clear();
            next.Sums.Add(sums.Sums.Select(sum => sum.Clone()));
            if (!(await _analytics.AdvanceAsync(due.Key, state, next, ct)).IsOk) return null;
            state = next;
        }
    }

    private async ValueTask<bool?> TakesAsync(string bucket, AnalyticsFilter filter, ListedObject listed, CancellationToken ct)
    {
        if (!filter.HasTags) return true;
        var found = await services.Reader.StatAsync(new ReadRequest { Bucket = bucket, Key = listed.Key }, ct);
        if (found.IsOk) return filter.Takes(listed.Key, found.Value.Tags);
        // Deleted since it was listed.
        return found.Fault is ObjectFault.NoSuchKey or ObjectFault.NoSuchVersion ? false : null;
    }

    private async ValueTask<bool> FinishAsync(
        DueAnalysis due, AnalyticsRecord configuration, BucketAccess target, string key, AnalyticsStateRecord state, AnalyticsDayRecord storage, CancellationToken ct)
    {
        if (!(await counters.FlushAsync(ct)).IsOk) return false;
        AnalyticsHistory history;
        using (var snapshot = services.Engine.Store.Snapshot()) history = await BucketAnalytics.ReadAsync(snapshot, due.BucketId, due.Id, state.Day, ct);
        var days = history.Days;
        if (!days.TryGetValue(state.Day, out var day)) days[state.Day] = day = new AnalyticsDayRecord();
        foreach (var sum in storage.Sums)
        {
            var of = BucketAnalytics.SumOf(day, sum.StorageClass, sum.Group);
            (of.Objects, of.Bytes) = (sum.Objects, sum.Bytes);
        }
        day.HasStorage = true;
        if (AnalyticsReport.ObserveAge(days, state.Day) is { } age) day.ObservedAge = age;
        uint[] old = [.. days.Keys.Where(number => number + KeptDays <= state.Day)];
        foreach (var number in old) days.Remove(number);

        var next = _analytics.BeginOf(_analytics.DayOf(Time.GetUtcNow()) + 1);
        var done = new AnalyticsStateRecord { Bucket = state.Bucket, DueTicks = next.ToTicks() };
        var report = Encoding.UTF8.GetBytes(AnalyticsReport.Write(configuration, days, _analytics.BeginOf));
        var written = await _delivery.PutAsync(target, key, report, "text/csv", null, async transaction =>
        {
            if (await BucketAnalytics.AdvanceAsync(transaction, due.Key, state, done, ct) is { } failure) return failure;
            foreach (var counter in history.CounterKeys) transaction.Delete(counter);
            foreach (var number in old) transaction.Delete(SchemaKeys.AnalyticsDay(due.BucketId, due.Id, number));
            foreach (var number in history.ChangedDays.Append(state.Day).Distinct())
            {
                if (days.TryGetValue(number, out var changed)) transaction.PutRecord(SchemaKeys.AnalyticsDay(due.BucketId, due.Id, number), changed);
            }
            return null;
        }, ct);
        if (written) Interlocked.Increment(ref _exports);
        return written;
    }
}
