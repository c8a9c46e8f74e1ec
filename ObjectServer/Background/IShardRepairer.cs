using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;

namespace ObjectStore.Server.Background;

internal enum RepairOutcome
{
    /// <summary>The shard is on its drive and verifies, whether it was rebuilt for that or not.</summary>
    Healed,

    /// <summary>The drive cannot take it now.</summary>
    DriveUnusable,

    /// <summary>Fewer than k other shards can be read now.</summary>
    TooFewSources,

    /// <summary>What was rebuilt is not what the blob's row describes: a case for a person. Nothing was written.</summary>
    RootMismatch,
}

/// <summary>Brings one shard back onto its drive. Only ever adds.</summary>
internal interface IShardRepairer
{
    bool IsUsable(DriveId drive);

    /// <param name="tag">Kept with the shard, for a salvage.</param>
    ValueTask<RepairOutcome> HealAsync(BlobLayout blob, int shard, ReadOnlyMemory<byte> tag, CancellationToken ct);
}
