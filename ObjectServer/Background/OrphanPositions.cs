using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <summary>How far a pass has come on each drive, so that a restart does not begin it anew. Gone when the pass is through.</summary>
internal sealed class OrphanPositions(IKeyValueStore store)
{
    /// <summary>Behind every shard: the drive is done.</summary>
    public static readonly BlobId End = new(uint.MaxValue, ulong.MaxValue, uint.MaxValue);

    public async ValueTask<BlobId> LoadAsync(DriveId drive, CancellationToken ct)
    {
        using var snapshot = store.Snapshot();
        return await snapshot.GetAsync(SchemaKeys.OrphanPosition(drive), ct) is { } row ? BlobId.ReadFrom(row.Span) : default;
    }

    public async ValueTask SaveAsync(DriveId drive, BlobId next, CancellationToken ct)
    {
        using var transaction = store.Begin();
        var value = new byte[BlobId.SizeBytes];
        next.WriteTo(value);
        transaction.Put(SchemaKeys.OrphanPosition(drive), value);
        await transaction.CommitAsync(ct);
    }

    public async ValueTask ClearAsync(CancellationToken ct)
    {
        using var transaction = store.Begin();
        transaction.DeleteRange(SchemaKeys.OrphanPositions());
        await transaction.CommitAsync(ct);
    }
}
