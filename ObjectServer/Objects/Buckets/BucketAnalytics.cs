using System.Buffers.Binary;
using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A row of what is due.</summary>
internal readonly record struct DueAnalysis(byte[] Key, ulong BucketId, string Id, AnalyticsStateRecord State);

/// <summary>What requests did to objects of one class and age on one day, for one analysis.</summary>
internal readonly record struct AnalyticsCell(ulong BucketId, string Id, uint Day, string StorageClass, byte Group);

/// <summary>Numbers of a cell. Their order is that of the counters' keys.</summary>
internal readonly record struct AnalyticsNumbers(long Requests, long RetrievedBytes, long UploadedBytes)
{
    public AnalyticsNumbers Plus(in AnalyticsNumbers other) =>
        new(Requests + other.Requests, RetrievedBytes + other.RetrievedBytes, UploadedBytes + other.UploadedBytes);
}

/// <summary>What an analysis knows: its finished days, and counters of others.</summary>
/// <param name="ChangedDays">To which the counters have added.</param>
internal sealed record AnalyticsHistory(SortedDictionary<uint, AnalyticsDayRecord> Days, IReadOnlyList<byte[]> CounterKeys, IReadOnlySet<uint> ChangedDays);

/// <summary>The storage class analyses of buckets and their rows: when each is due, what requests have done, and its days. All change with the configuration.</summary>
internal sealed class BucketAnalytics(ObjectEngine engine)
{
    public const string DocumentKind = "analytics";

    /// <summary>Of a bucket: each read is compared with all of them (AWS: 1,000).</summary>
    public const int MaxConfigurations = 100;

    private const byte Requests = 0, Retrieved = 1, Uploaded = 2;

    private TimeSpan Day => engine.Lifecycle.Clock.Day;

    /// <summary>Days are counted from 1970, in UTC.</summary>
    public uint DayOf(DateTimeOffset time) => (uint)(time.ToTicks() / (ulong)Day.Ticks);

    public DateTimeOffset BeginOf(uint day) => KvRecords.FromTicks(day * (ulong)Day.Ticks);

    public static AnalyticsListRecord OfDocument(ReadOnlyMemory<byte>? document) =>
        document is { } bytes ? AnalyticsListRecord.Parser.ParseFrom(bytes.Span) : new AnalyticsListRecord();

    public async ValueTask<Result<AnalyticsListRecord>> GetAsync(string bucket, CancellationToken ct)
    {
        var found = await new BucketConfigurations(engine).GetAsync(bucket, DocumentKind, ct);
        if (found.Fault == ObjectFault.NoSuchConfiguration) return new AnalyticsListRecord();
        return found.IsOk ? OfDocument(found.Value) : found.Failure;
    }

    /// <summary>
    /// Adds it, or puts it in the place of the one with its id, whose days it keeps if it looks at the same objects. The first export is due when this day is
    /// over. <see cref="ObjectFault.TooManyBuckets"/> is too many of a bucket.
    /// </summary>
    public ValueTask<Result<Done>> PutAsync(string bucket, AnalyticsRecord configuration, CancellationToken ct) => ChangeAsync(bucket, (transaction, bucketId, list) =>
    {
        var before = list.Items.FirstOrDefault(item => item.Id == configuration.Id);
        if (before is null && list.Items.Count >= MaxConfigurations) return ObjectFault.TooManyBuckets;
        if (before is not null) list.Items.Remove(before);
        list.Items.Add(configuration);
        if (before is null || before.HasPrefix != configuration.HasPrefix || before.Prefix != configuration.Prefix || !before.Tags.Equals(configuration.Tags))
            DeleteRows(transaction, bucketId, configuration.Id);
        var due = BeginOf(DayOf(engine.Time.GetUtcNow()) + 1);
        transaction.PutRecord(SchemaKeys.AnalyticsState(bucketId, configuration.Id), new AnalyticsStateRecord { Bucket = bucket, DueTicks = due.ToTicks() });
        return new Done();
    }, ct);

    public ValueTask<Result<Done>> DeleteAsync(string bucket, string id, CancellationToken ct) => ChangeAsync(bucket, (transaction, bucketId, list) =>
    {
        if (list.Items.FirstOrDefault(item => item.Id == id) is not { } found) return ObjectFault.NoSuchConfiguration;
        list.Items.Remove(found);
        DeleteRows(transaction, bucketId, id);
        return new Done();
    }, ct);

    /// <summary>All rows of what is due, now or later; one for each configuration.</summary>
    public async ValueTask<IReadOnlyList<DueAnalysis>> ListAsync(CancellationToken ct)
    {
        var rows = new List<DueAnalysis>();
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.AnalyticsOfAll());
        while (await cursor.MoveNextAsync(ct))
        {
            var (bucketId, id) = SchemaKeys.AnalyticsOwner(cursor.Key);
            rows.Add(new DueAnalysis(cursor.Key.ToArray(), bucketId, id, AnalyticsStateRecord.Parser.ParseFrom(cursor.Value)));
        }
        return rows;
    }

    /// <summary>Writes how far an export has come, in a transaction of its own or that of a part of it; a failure if the row is not as it was.</summary>
    public static async ValueTask<Failure?> AdvanceAsync(IKvTransaction transaction, byte[] key, AnalyticsStateRecord before, AnalyticsStateRecord after, CancellationToken ct)
    {
        var now = await transaction.GetRecordAsync(key, AnalyticsStateRecord.Parser, ct);
        if (!before.Equals(now)) return new Failure(ObjectFault.PreconditionFailed) { Message = "The analysis's configuration has changed." };
        transaction.PutRecord(key, after);
        return null;
    }

    public async ValueTask<Result<Done>> AdvanceAsync(byte[] key, AnalyticsStateRecord before, AnalyticsStateRecord after, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction => await AdvanceAsync(transaction, key, before, after, ct) is { } failure ? failure : new Done(), ct);

    /// <summary>Of a bucket or a configuration that is gone.</summary>
    public async ValueTask<Result<Done>> ForgetAsync(DueAnalysis due, CancellationToken ct) => await engine.Transactions.RunAsync<Done>(transaction =>
    {
        DeleteRows(transaction, due.BucketId, due.Id);
        return ValueTask.FromResult(new Result<Done>(new Done()));
    }, ct);

    /// <summary>Adds numbers to their counters, but for analyses that are gone.</summary>
    public async ValueTask<Result<Done>> AddAsync(IReadOnlyCollection<KeyValuePair<AnalyticsCell, AnalyticsNumbers>> cells, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            foreach (var analysis in cells.GroupBy(cell => (cell.Key.BucketId, cell.Key.Id)))
            {
                if (await transaction.GetAsync(SchemaKeys.AnalyticsState(analysis.Key.BucketId, analysis.Key.Id), ct) is null) continue;
                foreach (var (cell, numbers) in analysis)
                {
                    Add(transaction, cell, Requests, numbers.Requests);
                    Add(transaction, cell, Retrieved, numbers.RetrievedBytes);
                    Add(transaction, cell, Uploaded, numbers.UploadedBytes);
                }
            }
            return new Done();
        }, ct);

    /// <summary>All days of an analysis, with what counters say of those up to <paramref name="lastDay"/>, and the counters' keys.</summary>
    public static async ValueTask<AnalyticsHistory> ReadAsync(IKvReader reader, ulong bucketId, string id, uint lastDay, CancellationToken ct)
    {
        var days = new SortedDictionary<uint, AnalyticsDayRecord>();
        using (var cursor = reader.Scan(SchemaKeys.AnalyticsDays(bucketId, id)))
        {
            while (await cursor.MoveNextAsync(ct)) days[SchemaKeys.AnalyticsDay(cursor.Key)] = AnalyticsDayRecord.Parser.ParseFrom(cursor.Value);
        }
        var keys = new List<byte[]>();
        var changed = new HashSet<uint>();
        using (var cursor = reader.Scan(SchemaKeys.AnalyticsCounters(bucketId, id)))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                var (_, _, day, storageClass, group, what) = SchemaKeys.AnalyticsCounter(cursor.Key);
                if (day > lastDay) break;
                keys.Add(cursor.Key.ToArray());
                changed.Add(day);
                if (!days.TryGetValue(day, out var record)) days[day] = record = new AnalyticsDayRecord();
                var sum = SumOf(record, storageClass, group);
                var number = (ulong)BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
                if (what == Requests) sum.Requests += number;
                else if (what == Retrieved) sum.RetrievedBytes += number;
                else sum.UploadedBytes += number;
            }
        }
        return new AnalyticsHistory(days, keys, changed);
    }

    public static AnalyticsSumRecord SumOf(AnalyticsDayRecord day, string storageClass, uint group)
    {
        foreach (var sum in day.Sums)
        {
            if (sum.Group == group && sum.StorageClass == storageClass) return sum;
        }
        var added = new AnalyticsSumRecord { StorageClass = storageClass, Group = group };
        day.Sums.Add(added);
        return added;
    }

    private static void Add(IKvTransaction transaction, in AnalyticsCell cell, byte what, long number)
    {
        if (number != 0) transaction.Add(SchemaKeys.AnalyticsCounter(cell.BucketId, cell.Id, cell.Day, cell.StorageClass, cell.Group, what), number);
    }

    private static void DeleteRows(IKvTransaction transaction, ulong bucketId, string id)
    {
        transaction.Delete(SchemaKeys.AnalyticsState(bucketId, id));
        transaction.DeleteRange(SchemaKeys.AnalyticsCounters(bucketId, id));
        transaction.DeleteRange(SchemaKeys.AnalyticsDays(bucketId, id));
    }

    private ValueTask<Result<Done>> ChangeAsync(string bucket, Func<IKvTransaction, ulong, AnalyticsListRecord, Result<Done>> change, CancellationToken ct) =>
        new BucketConfigurations(engine).ChangeAsync(bucket, DocumentKind, (transaction, bucketId, document) =>
        {
            var list = OfDocument(document);
            var changed = change(transaction, bucketId, list);
            return ValueTask.FromResult<Result<byte[]>>(changed.IsOk ? list.ToByteArray() : changed.Failure);
        }, ct);
}
