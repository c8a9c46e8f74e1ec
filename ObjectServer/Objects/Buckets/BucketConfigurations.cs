using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A bucket's configuration documents, opaque here, cut into rows.</summary>
internal sealed class BucketConfigurations(ObjectEngine engine)
{
    public const int MaxDocumentBytes = 1024 * 1024;

    private const int ChunkBytes = 64 * 1024;

    public async ValueTask<Result<ReadOnlyMemory<byte>>> GetAsync(string bucket, string kind, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await ObjectEngine.GetBucketAsync(snapshot, bucket, ct);
        if (record is null) return ObjectFault.NoSuchBucket;
        using var document = new MemoryStream();
        var found = false;
        using var cursor = snapshot.Scan(SchemaKeys.Configurations(record.Id, kind));
        while (await cursor.MoveNextAsync(ct))
        {
            found = true;
            document.Write(cursor.Value);
        }
        return found ? new Result<ReadOnlyMemory<byte>>(document.ToArray()) : ObjectFault.NoSuchConfiguration;
    }

    public async ValueTask<Result<Done>> PutAsync(string bucket, string kind, ReadOnlyMemory<byte> document, CancellationToken ct)
    {
        if (document.Length > MaxDocumentBytes) return ObjectFault.EntityTooLarge;
        return await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            transaction.DeleteRange(SchemaKeys.Configurations(record.Id, kind));
            var chunk = 0;
            do
            {
                var rest = document[(chunk * ChunkBytes)..];
                transaction.Put(SchemaKeys.Configuration(record.Id, kind, (ushort)chunk), rest[..Math.Min(ChunkBytes, rest.Length)]);
                chunk++;
            }
            while (chunk * ChunkBytes < document.Length);
            return new Done();
        }, ct);
    }

    public async ValueTask<Result<Done>> DeleteAsync(string bucket, string kind, CancellationToken ct) =>
        await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            var record = await ObjectEngine.GetBucketAsync(transaction, bucket, ct);
            if (record is null) return ObjectFault.NoSuchBucket;
            transaction.DeleteRange(SchemaKeys.Configurations(record.Id, kind));
            return new Done();
        }, ct);
}
