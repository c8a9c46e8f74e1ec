using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

/// <summary>Heals shards over the drives of a set: looks first, and rebuilds only what does not verify.</summary>
internal sealed class DriveRepairer(BlobRepairer repairer, DriveSet drives) : IShardRepairer
{
    public bool IsUsable(DriveId drive) => drives.TryGet(drive, out var found) && found.Health.State == DriveState.Online;

    public async ValueTask<RepairOutcome> HealAsync(BlobLayout blob, int shard, ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        switch (await repairer.VerifyShardAsync(blob, shard, ct))
        {
            case ShardState.Ok: return RepairOutcome.Healed;
            case ShardState.Unreachable: return RepairOutcome.DriveUnusable;
        }
        if (!drives.TryGet(blob.Drives[shard], out var target)) return RepairOutcome.DriveUnusable;
        var rebuilt = await repairer.RebuildShardAsync(blob, shard, target, tag, ct);
        return rebuilt.Outcome switch
        {
            RebuildOutcome.Rebuilt => RepairOutcome.Healed,
            RebuildOutcome.TooFewSources => RepairOutcome.TooFewSources,
            RebuildOutcome.RootMismatch => RepairOutcome.RootMismatch,
            _ => RepairOutcome.DriveUnusable,
        };
    }
}
