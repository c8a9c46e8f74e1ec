using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Sets and tells the rules of buckets. A change has the bucket's rows gone through in the background.</summary>
internal sealed class LifecycleService(ObjectEngine engine)
{
    /// <summary><see cref="ObjectFault.NoSuchConfiguration"/> if there are none.</summary>
    public async ValueTask<Result<LifecycleConfiguration>> GetAsync(string bucket, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        if (record.LifecycleVersion == 0) return ObjectFault.NoSuchConfiguration;
        var document = await BucketConfigurations.ReadAsync(snapshot, record.Id, LifecycleRuleCache.Kind, ct)
            ?? throw new KvException(KvFault.Corrupt, "A bucket has rules of lifecycle, and their document is missing.");
        return LifecycleRecords.FromRecord(LifecycleRecord.Parser.ParseFrom(document.Span));
    }

    /// <summary>Replaces all rules. <see cref="ObjectFault.InvalidStorageClass"/> for a transition into a class that there is not. They count for every write from then on; what is there already follows as the walk comes to it.</summary>
    public ValueTask<Result<Done>> PutAsync(string bucket, LifecycleConfiguration configuration, CancellationToken ct)
    {
        foreach (var transition in configuration.Rules.SelectMany(rule => rule.Transitions.Concat(rule.NoncurrentTransitions)))
        {
            if (!engine.Classes.IsTarget(transition.StorageClass))
                return new(new Failure(ObjectFault.InvalidStorageClass) { Message = transition.StorageClass });
        }
        var document = LifecycleRecords.ToRecord(configuration).ToByteArray();
        if (document.Length > BucketConfigurations.MaxDocumentBytes) return new(ObjectFault.EntityTooLarge);
        var tiers = configuration.Rules.SelectMany(rule => rule.Transitions.Concat(rule.NoncurrentTransitions)).Select(transition => transition.StorageClass)
            .Where(name => engine.Tiers.Find(name) is not null).ToHashSet(StringComparer.Ordinal);
        return ChangeAsync(bucket, async (transaction, record) =>
        {
            // Who removes a tier looks for rules that name it.
            foreach (var tier in tiers)
            {
                if (await transaction.GetAsync(SchemaKeys.Tier(tier), ct) is null) return new Failure(ObjectFault.InvalidStorageClass) { Message = tier };
            }
            BucketConfigurations.Write(transaction, record.Id, LifecycleRuleCache.Kind, document);
            record.LifecycleVersion = record.ConfigVersion;
            transaction.PutRecord(SchemaKeys.DueWalk(engine.NowTicks(), record.Id), new LifecycleWalkRecord { LifecycleVersion = record.LifecycleVersion });
            return null;
        }, ct);
    }

    /// <summary>Nothing expires any more. Rows that are due later are found stale then.</summary>
    public ValueTask<Result<Done>> DeleteAsync(string bucket, CancellationToken ct) =>
        ChangeAsync(bucket, static (transaction, record) =>
        {
            transaction.DeleteRange(SchemaKeys.Configurations(record.Id, LifecycleRuleCache.Kind));
            record.LifecycleVersion = 0;
            return default;
        }, ct);

    private async ValueTask<Result<Done>> ChangeAsync(string bucket, Func<IKvTransaction, BucketRecord, ValueTask<Failure?>> change, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            record.ConfigVersion++;
            if (await change(transaction, record) is { } refused) return refused;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);
}
