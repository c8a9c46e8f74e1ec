using System.Text;
using ObjectStore.Erasure.Repair;
using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Server.Background;
using ObjectStore.Storage;

namespace ObjectStore.Server.Composition;

/// <summary>Brings a shard back onto the drive that its blob's row names.</summary>
internal sealed class ShardRepairer(DriveSet drives, BlobRepairer repairer) : IShardRepairer
{
    public bool IsUsable(DriveId drive) => drives.TryGet(drive, out var found) && found.Health.State == DriveState.Online;

    public async ValueTask<RepairOutcome> HealAsync(BlobLayout blob, int shard, CancellationToken ct)
    {
        // What was missed for a moment (a drive that was slow) may be there and whole: reading it costs less than rebuilding.
        if (await repairer.VerifyShardAsync(blob, shard, ct) == ShardState.Ok) return RepairOutcome.Healed;
        if (!drives.TryGet(blob.Drives[shard], out var target)) return RepairOutcome.DriveUnusable;
        var rebuilt = await repairer.RebuildShardAsync(blob, shard, target, Tag(blob), ct);
        return rebuilt.Outcome switch
        {
            RebuildOutcome.Rebuilt => RepairOutcome.Healed,
            RebuildOutcome.TooFewSources => RepairOutcome.TooFewSources,
            RebuildOutcome.RootMismatch => RepairOutcome.RootMismatch,
            _ => RepairOutcome.DriveUnusable,
        };
    }

    // A rebuilt shard no longer knows its object; what salvage needs stands in the tags of the blob's other shards.
    private static byte[] Tag(BlobLayout blob) => Encoding.ASCII.GetBytes($"rebuilt {blob.Id}");
}
