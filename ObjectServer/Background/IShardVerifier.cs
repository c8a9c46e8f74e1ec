using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Stripes;

namespace ObjectStore.Server.Background;

/// <summary>Reads shards from end to end.</summary>
internal interface IShardVerifier
{
    /// <summary>Whether the shard is whole on the drive that its blob's row names.</summary>
    ValueTask<bool> IsWholeAsync(BlobLayout blob, int shard, CancellationToken ct);
}

internal sealed class ShardVerifier(BlobRepairer repairer) : IShardVerifier
{
    public async ValueTask<bool> IsWholeAsync(BlobLayout blob, int shard, CancellationToken ct) =>
        await repairer.VerifyShardAsync(blob, shard, ct) == ShardState.Ok;
}
