using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A bucket's configuration documents, opaque here, cut into rows. Every change makes the bucket's config version greater.</summary>
internal sealed class BucketConfigurations(ObjectEngine engine)
{
    public const int MaxDocumentBytes = 1024 * 1024;

    private const int ChunkBytes = 64 * 1024;

    public async ValueTask<Result<ReadOnlyMemory<byte>>> GetAsync(string bucket, string kind, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        return await ReadAsync(snapshot, record.Id, kind, ct) is { } document ? document : ObjectFault.NoSuchConfiguration;
    }

    public async ValueTask<Result<BucketSettings>> GetManyAsync(string bucket, IReadOnlyList<string> kinds, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        var documents = new ReadOnlyMemory<byte>?[kinds.Count];
        for (var i = 0; i < documents.Length; i++) documents[i] = await ReadAsync(snapshot, record.Id, kinds[i], ct);
        return new BucketSettings(BucketService.ToInfo(bucket, record), documents);
    }

    public async ValueTask<Result<Done>> PutAsync(string bucket, string kind, ReadOnlyMemory<byte> document, CancellationToken ct)
    {
        if (document.Length > MaxDocumentBytes) return ObjectFault.EntityTooLarge;
        return await ChangeAsync(bucket, (transaction, bucketId) => Write(transaction, bucketId, kind, document), ct);
    }

    /// <summary>Several documents in one transaction; null removes one.</summary>
    public async ValueTask<Result<Done>> PutManyAsync(string bucket, IReadOnlyList<(string Kind, ReadOnlyMemory<byte>? Document)> documents, CancellationToken ct)
    {
        if (documents.Any(document => document.Document?.Length > MaxDocumentBytes)) return ObjectFault.EntityTooLarge;
        return await ChangeAsync(bucket, (transaction, bucketId) =>
        {
            foreach (var (kind, document) in documents)
            {
                if (document is { } text) Write(transaction, bucketId, kind, text);
                else transaction.DeleteRange(SchemaKeys.Configurations(bucketId, kind));
            }
        }, ct);
    }

    public ValueTask<Result<Done>> DeleteAsync(string bucket, string kind, CancellationToken ct) =>
        ChangeAsync(bucket, (transaction, bucketId) => transaction.DeleteRange(SchemaKeys.Configurations(bucketId, kind)), ct);

    public async ValueTask<Result<Done>> ChangeAsync(string bucket, string kind, Func<ReadOnlyMemory<byte>?, byte[]?> change, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            if (change(await ReadAsync(transaction, record.Id, kind, ct)) is not { } document) return ObjectFault.NoSuchConfiguration;
            Write(transaction, record.Id, kind, document);
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);

    /// <summary>Like the other, with what belongs to the change written in its transaction. What is returned takes the document's place; a failure changes nothing.</summary>
    public async ValueTask<Result<Done>> ChangeAsync(
        string bucket, string kind, Func<IKvTransaction, ulong, ReadOnlyMemory<byte>?, ValueTask<Result<byte[]>>> change, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            var changed = await change(transaction, record.Id, await ReadAsync(transaction, record.Id, kind, ct));
            if (!changed.IsOk) return changed.Failure;
            if (changed.Value.Length > MaxDocumentBytes) return ObjectFault.EntityTooLarge;
            Write(transaction, record.Id, kind, changed.Value);
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);

    /// <summary>Writes the rows of a document; the caller writes the bucket's row.</summary>
    internal static void Write(IKvTransaction transaction, ulong bucketId, string kind, ReadOnlyMemory<byte> document)
    {
        transaction.DeleteRange(SchemaKeys.Configurations(bucketId, kind));
        var chunk = 0;
        do
        {
            var rest = document[(chunk * ChunkBytes)..];
            transaction.Put(SchemaKeys.Configuration(bucketId, kind, (ushort)chunk), rest[..Math.Min(ChunkBytes, rest.Length)]);
            chunk++;
        }
        while (chunk * ChunkBytes < document.Length);
    }

    internal static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(IKvReader reader, ulong bucketId, string kind, CancellationToken ct)
    {
        using var document = new MemoryStream();
        var found = false;
        using var cursor = reader.Scan(SchemaKeys.Configurations(bucketId, kind));
        while (await cursor.MoveNextAsync(ct))
        {
            found = true;
            document.Write(cursor.Value);
        }
        // Not a bare null, which would convert to an empty document.
        return found ? document.ToArray() : default(ReadOnlyMemory<byte>?);
    }

    private async ValueTask<Result<Done>> ChangeAsync(string bucket, Action<IKvTransaction, ulong> change, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            change(transaction, record.Id);
            record.ConfigVersion++;
            transaction.PutRecord(SchemaKeys.Bucket(bucket), record);
            return new Done();
        }, ct);
}
