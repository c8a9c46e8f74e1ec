using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Hard quotas of buckets: set, shown, removed. They are kept by <see cref="BucketCounters"/>, in the transaction of every write.</summary>
internal sealed class BucketQuotas(ObjectEngine engine)
{
    /// <summary>
    /// From the answer on no write leaves the bucket above the quota; what is above it already stays, and only what adds to it is refused. The first quota of a
    /// bucket takes two transactions. After a crash between them the bucket has no quota, and its counts are right.
    /// </summary>
    public async ValueTask<Result<QuotaUsage>> SetAsync(string bucket, BucketQuota quota, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quota.MaxBytes ?? 1, 1, nameof(quota));
        ArgumentOutOfRangeException.ThrowIfLessThan(quota.MaxObjects ?? 1, 1, nameof(quota));
        // 1. Every writer reads the bucket's row: whoever commits after this one counts in one place.
        var begun = await BeginAsync(bucket, ct);
        if (!begun.IsOk) return begun.Failure;
        // 2. What was counted before. Read first, as it may be long: a transaction that is open for long runs into conflicts.
        var plan = await PlanAsync(bucket, ct);
        if (!plan.IsOk) return plan.Failure;
        // 3. It follows, and the quota holds.
        var set = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            // One of the same name that was made since has not begun.
            if (record is null || record.Id != plan.Value.BucketId) return ObjectFault.NoSuchBucket;
            if (record.Counting == (uint)Counting.Folding)
            {
                BucketCounters.Move(transaction, plan.Value);
                record.Counting = (uint)Counting.Whole;
            }
            record.QuotaBytes = (ulong)(quota.MaxBytes ?? 0);
            record.QuotaObjects = (ulong)(quota.MaxObjects ?? 0);
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);
        return set.IsOk ? await GetAsync(bucket, ct) : set.Failure;
    }

    /// <summary>Succeeds also where there is none.</summary>
    public async ValueTask<Result<Done>> ClearAsync(string bucket, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            if (!QuotaRules.IsSet(record)) return new Done();
            (record.QuotaBytes, record.QuotaObjects) = (0, 0);
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);

    /// <summary>The quota and what there is of it at one moment; <see cref="ObjectFault.NoSuchConfiguration"/> without one.</summary>
    public async ValueTask<Result<QuotaUsage>> GetAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        return await ReadAsync(snapshot, record, ct) is { } usage ? usage : ObjectFault.NoSuchConfiguration;
    }

    /// <summary>By name, at most so many.</summary>
    public async ValueTask<IReadOnlyList<(string Bucket, QuotaUsage Usage)>> ListAsync(int max, CancellationToken ct)
    {
        var quotas = new List<(string, QuotaUsage)>();
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (quotas.Count < max && await cursor.MoveNextAsync(ct))
        {
            var name = SchemaKeys.BucketName(cursor.Key);
            if (await ReadAsync(snapshot, BucketRecord.Parser.ParseFrom(cursor.Value), ct) is { } usage) quotas.Add((name, usage));
        }
        return quotas;
    }

    internal static BucketQuota? QuotaOf(BucketRecord record) => QuotaRules.IsSet(record)
        ? new BucketQuota(record.QuotaBytes == 0 ? null : (long)record.QuotaBytes, record.QuotaObjects == 0 ? null : (long)record.QuotaObjects)
        : null;

    private static async ValueTask<QuotaUsage?> ReadAsync(IKvReader reader, BucketRecord record, CancellationToken ct)
    {
        if (QuotaOf(record) is not { } quota) return null;
        var (bytes, versions) = await BucketCounters.ReadBoundedAsync(reader, record.Id, ct);
        return new QuotaUsage(quota, bytes, versions);
    }

    private ValueTask<Result<Done>> BeginAsync(string bucket, CancellationToken ct) => engine.Transactions.RunAsync<Done>(async transaction =>
    {
        var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        if (record.Counting != (uint)Counting.Sharded) return new Done();
        record.Counting = (uint)Counting.Folding;
        transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
        return new Done();
    }, ct);

    private async ValueTask<Result<CounterMove>> PlanAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null || record.Counting == (uint)Counting.Sharded) return ObjectFault.NoSuchBucket;
        return record.Counting == (uint)Counting.Whole
            ? new CounterMove(record.Id, [], [])
            : await BucketCounters.PlanMoveAsync(snapshot, record.Id, await SumPartsAsync(snapshot, record.Id, ct), ct);
    }

    /// <summary>Bytes of the parts of all unfinished uploads.</summary>
    private static async ValueTask<long> SumPartsAsync(IKvReader reader, ulong bucketId, CancellationToken ct)
    {
        var sum = 0L;
        using var uploads = reader.Scan(SchemaKeys.OfBucket(KvTables.Uploads, bucketId));
        while (await uploads.MoveNextAsync(ct)) sum += await UploadRows.SumPartsAsync(reader, SchemaKeys.TrailingContent(uploads.Key), ct);
        return sum;
    }
}
