using System.Collections.Immutable;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Repair;

/// <summary>
/// Looks at the shards of a blob and makes lost ones anew, in bounded memory: a few blocks of each shard at a time.
/// It only ever adds: nothing that could be a source is deleted, and the caller updates the blob's row and the ledger.
/// </summary>
public sealed class BlobRepairer(BlobStore store)
{
    private readonly BlobStoreContext _context = store.Context;

    /// <summary>Reads every shard from end to end, one after the other, and checks it against the blob's row.</summary>
    public async ValueTask<BlobVerification> VerifyAsync(BlobLayout blob, CancellationToken ct)
    {
        var states = ImmutableArray.CreateBuilder<ShardState>(blob.Scheme.TotalShards);
        for (var shard = 0; shard < blob.Scheme.TotalShards; shard++)
            states.Add(await VerifyShardAsync(blob, shard, ct));
        return new BlobVerification(blob.Scheme, states.MoveToImmutable());
    }

    /// <summary>The same for a single shard.</summary>
    public async ValueTask<ShardState> VerifyShardAsync(BlobLayout blob, int shard, CancellationToken ct)
    {
        using var verification = new ShardVerification(_context, blob, shard);
        return await verification.RunAsync(ct);
    }

    /// <summary>
    /// Computes a shard from k others and commits it on <paramref name="target"/> if its root is the one in the blob's
    /// row. The shard itself is not read. On a drive that holds a bad copy the new one wins.
    /// </summary>
    /// <param name="tag">Kept with the shard, as at <see cref="IShardWriter.CommitAsync"/>.</param>
    public async ValueTask<RebuildResult> RebuildShardAsync(
        BlobLayout blob, int shard, IDrive target, ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, blob.Scheme.TotalShards);
        var rebuild = new ShardRebuild(_context, blob, shard, target);
        try
        {
            return await rebuild.RunAsync(tag, ct);
        }
        finally
        {
            rebuild.Release();
        }
    }
}
