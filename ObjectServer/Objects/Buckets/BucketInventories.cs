using Google.Protobuf;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A row of what is due.</summary>
internal readonly record struct DueInventory(byte[] Key, ulong BucketId, string Id, InventoryStateRecord State);

/// <summary>The inventory configurations of buckets, and the rows that say when each is due. Both change in one transaction.</summary>
internal sealed class BucketInventories(ObjectEngine engine)
{
    public const string DocumentKind = "inventory";

    /// <summary>Of a bucket. Source: S3 User Guide, "Configuring Amazon S3 Inventory".</summary>
    public const int MaxConfigurations = 1000;

    public async ValueTask<Result<InventoryListRecord>> GetAsync(string bucket, CancellationToken ct)
    {
        var found = await new BucketConfigurations(engine).GetAsync(bucket, DocumentKind, ct);
        if (found.Fault == ObjectFault.NoSuchConfiguration) return new InventoryListRecord();
        return found.IsOk ? InventoryListRecord.Parser.ParseFrom(found.Value.Span) : found.Failure;
    }

    /// <summary>Adds it, or puts it in the place of the one with its id. The first report is due at once. <see cref="ObjectFault.TooManyBuckets"/> is too many of a bucket.</summary>
    public ValueTask<Result<Done>> PutAsync(string bucket, InventoryRecord configuration, CancellationToken ct) => ChangeAsync(bucket, (transaction, bucketId, list) =>
    {
        var at = IndexOf(list, configuration.Id);
        if (at < 0 && list.Items.Count >= MaxConfigurations) return ObjectFault.TooManyBuckets;
        if (at >= 0) list.Items[at] = configuration;
        else list.Items.Add(configuration);
        transaction.PutRecord(SchemaKeys.Inventory(bucketId, configuration.Id), new InventoryStateRecord { Bucket = bucket, DueTicks = engine.NowTicks() });
        return new Done();
    }, ct);

    public ValueTask<Result<Done>> DeleteAsync(string bucket, string id, CancellationToken ct) => ChangeAsync(bucket, (transaction, bucketId, list) =>
    {
        var at = IndexOf(list, id);
        if (at < 0) return ObjectFault.NoSuchConfiguration;
        list.Items.RemoveAt(at);
        transaction.Delete(SchemaKeys.Inventory(bucketId, id));
        return new Done();
    }, ct);

    /// <summary>All rows of what is due, now or later; one for each configuration.</summary>
    public async ValueTask<IReadOnlyList<DueInventory>> ListAsync(CancellationToken ct)
    {
        var rows = new List<DueInventory>();
        using var snapshot = engine.Store.Snapshot();
        using var cursor = snapshot.Scan(SchemaKeys.Inventories());
        while (await cursor.MoveNextAsync(ct))
        {
            var (bucketId, id) = SchemaKeys.Inventory(cursor.Key);
            rows.Add(new DueInventory(cursor.Key.ToArray(), bucketId, id, InventoryStateRecord.Parser.ParseFrom(cursor.Value)));
        }
        return rows;
    }

    /// <summary>Writes how far a report has come, in a transaction that writes a part of it; a failure if the row is not as it was.</summary>
    public static async ValueTask<Failure?> AdvanceAsync(IKvTransaction transaction, byte[] key, InventoryStateRecord before, InventoryStateRecord after, CancellationToken ct)
    {
        var now = await transaction.GetRecordAsync(key, InventoryStateRecord.Parser, ct);
        if (!before.Equals(now)) return new Failure(ObjectFault.PreconditionFailed) { Message = "The inventory's configuration has changed." };
        transaction.PutRecord(key, after);
        return null;
    }

    public async ValueTask<Result<Done>> AdvanceAsync(byte[] key, InventoryStateRecord before, InventoryStateRecord after, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction => await AdvanceAsync(transaction, key, before, after, ct) is { } failure ? failure : new Done(), ct);

    /// <summary>Of a bucket or a configuration that is gone.</summary>
    public async ValueTask<Result<Done>> ForgetAsync(byte[] key, CancellationToken ct) => await engine.Transactions.RunAsync<Done>(transaction =>
    {
        transaction.Delete(key);
        return ValueTask.FromResult(new Result<Done>(new Done()));
    }, ct);

    private static int IndexOf(InventoryListRecord list, string id)
    {
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (list.Items[i].Id == id) return i;
        }
        return -1;
    }

    private ValueTask<Result<Done>> ChangeAsync(string bucket, Func<IKvTransaction, ulong, InventoryListRecord, Result<Done>> change, CancellationToken ct) =>
        new BucketConfigurations(engine).ChangeAsync(bucket, DocumentKind, (transaction, bucketId, document) =>
        {
            var list = document is { } bytes ? InventoryListRecord.Parser.ParseFrom(bytes.Span) : new InventoryListRecord();
            var changed = change(transaction, bucketId, list);
            return ValueTask.FromResult<Result<byte[]>>(changed.IsOk ? list.ToByteArray() : changed.Failure);
        }, ct);
}
