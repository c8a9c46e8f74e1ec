using System.Buffers.Binary;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.Remotes;

namespace ObjectStore.Server.Tiers;

internal enum TierChange
{
    Made,
    Changed,
    Removed,
    NotFound,
    NoSuchRemote,
    IsClass,
    IsMoving,
    InUse,
    TooMany,
}

/// <summary>Sets tiers up and takes them away: the row first, then the table that everybody goes by. One change at a time.</summary>
internal sealed class TierRegistry(ObjectEngine engine, RemoteRegistry remotes) : IRemoteUser
{
    public const int MaxTiers = 100;

    private readonly SemaphoreSlim _changing = new(1, 1);

    public async ValueTask LoadAsync(CancellationToken ct)
    {
        var tiers = new List<Tier>();
        var range = SchemaKeys.Tiers();
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(range);
        while (await cursor.MoveNextAsync(ct)) tiers.Add(Tier.Of(Encoding.UTF8.GetString(cursor.Key[range.From.Length..]), TierRecord.Parser.ParseFrom(cursor.Value)));
        engine.Tiers.Set(tiers);
        remotes.AddUser(this);
    }

    /// <summary>Objects that the store has there, those that are to be deleted and about to be written among them.</summary>
    public async ValueTask<long> CountAsync(string storageClass, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        return await CountAsync(snapshot, storageClass, ct);
    }

    /// <summary>Makes a tier, or changes how it behaves; where it lies does not change.</summary>
    /// <exception cref="KvException">Nothing has changed, or it is not known.</exception>
    public async ValueTask<TierChange> PutAsync(Tier tier, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            var before = engine.Tiers.Find(tier.StorageClass);
            if (before is null && engine.Classes.Has(tier.StorageClass)) return TierChange.IsClass;
            if (before is null && engine.Tiers.All.Count() >= MaxTiers) return TierChange.TooMany;
            if (before is not null && (before.Remote, before.Bucket, before.Prefix) != (tier.Remote, tier.Bucket, tier.Prefix)) return TierChange.IsMoving;
            if (before is not null) tier = tier with { CreatedAt = before.CreatedAt };
            var done = await CommitAsync(async transaction =>
            {
                if (await transaction.GetAsync(SchemaKeys.Remote(tier.Remote), ct) is null) return TierChange.NoSuchRemote;
                transaction.PutRecord(SchemaKeys.Tier(tier.StorageClass), tier.ToRecord());
                return before is null ? TierChange.Made : TierChange.Changed;
            }, ct);
            if (done is TierChange.Made or TierChange.Changed) engine.Tiers.Put(tier);
            return done;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <returns>And what it is that needs it, if it is in use.</returns>
    /// <exception cref="KvException">Nothing has changed, or it is not known.</exception>
    public async ValueTask<(TierChange Change, string? Use)> RemoveAsync(string storageClass, CancellationToken ct)
    {
        await _changing.WaitAsync(ct);
        try
        {
            if (engine.Tiers.Find(storageClass) is null) return (TierChange.NotFound, null);
            string? use = null;
            var done = await CommitAsync(async transaction =>
            {
                use = await FindUseOfClassAsync(transaction, storageClass, ct);
                if (use is not null) return TierChange.InUse;
                transaction.Delete(SchemaKeys.Tier(storageClass));
                transaction.DeleteRange(TierKeys.Of(TierKeys.Moves, storageClass));
                return TierChange.Removed;
            }, ct);
            if (done == TierChange.Removed) engine.Tiers.Remove(storageClass);
            return (done, use);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask<string?> FindUseAsync(IKvReader reader, string remote, CancellationToken ct)
    {
        var range = SchemaKeys.Tiers();
        using var cursor = reader.Scan(range);
        while (await cursor.MoveNextAsync(ct))
        {
            if (TierRecord.Parser.ParseFrom(cursor.Value).Remote == remote) return $"it is where the storage class {Encoding.UTF8.GetString(cursor.Key[range.From.Length..])} lies";
        }
        return null;
    }

    private static async ValueTask<long> CountAsync(IKvReader reader, string storageClass, CancellationToken ct) =>
        await reader.GetAsync(SchemaKeys.TierCount(storageClass), ct) is { } value ? BinaryPrimitives.ReadInt64LittleEndian(value.Span) : 0;

    private static async ValueTask<string?> FindUseOfClassAsync(IKvReader reader, string storageClass, CancellationToken ct)
    {
        if (await CountAsync(reader, storageClass, ct) is > 0 and var count) return $"{count} objects of this store are there, those that are to be deleted among them";
        using var cursor = reader.Scan(SchemaKeys.OfTable(KvTables.Buckets));
        while (await cursor.MoveNextAsync(ct))
        {
            var bucket = BucketRecord.Parser.ParseFrom(cursor.Value);
            if (bucket.LifecycleVersion == 0) continue;
            var document = await BucketConfigurations.ReadAsync(reader, bucket.Id, LifecycleRuleCache.Kind, ct);
            if (document is null) continue;
            var rules = LifecycleRecord.Parser.ParseFrom(document.Value.Span).Rules;
            if (rules.Any(rule => rule.Transitions.Concat(rule.NoncurrentTransitions).Any(transition => transition.StorageClass == storageClass)))
                return $"a rule of lifecycle of the bucket {SchemaKeys.BucketName(cursor.Key)} names it";
        }
        return null;
    }

    private async ValueTask<TierChange> CommitAsync(Func<IKvTransaction, ValueTask<TierChange>> change, CancellationToken ct)
    {
        var done = await engine.Transactions.RunAsync<TierChange>(async transaction => await change(transaction), ct);
        if (done.IsOk) return done.Value;
        throw new KvException(done.Fault == ObjectFault.UnknownOutcome ? KvFault.UnknownOutcome : KvFault.Unavailable, $"The tier could not be changed: {done.Fault}.");
    }
}
