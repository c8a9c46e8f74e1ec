using System.Collections.Immutable;
using ObjectStore.Erasure.Codec;

namespace ObjectStore.Erasure.Repair;

public enum ShardState
{
    /// <summary>Read from end to end: every block verifies, and the root is the one that the blob's row holds.</summary>
    Ok,

    /// <summary>The drive answered, and has no such shard.</summary>
    Absent,

    /// <summary>It is there and not what was written.</summary>
    Corrupt,

    /// <summary>The drive is away, or did not answer in time. This says nothing about the shard.</summary>
    Unreachable,
}

/// <summary>What <see cref="BlobRepairer.VerifyAsync"/> found, one state for each shard.</summary>
public sealed record BlobVerification(Scheme Scheme, ImmutableArray<ShardState> Shards)
{
    public int IntactCount => Shards.Count(state => state == ShardState.Ok);

    /// <summary>Everything is as it was written.</summary>
    public bool IsWhole => IntactCount == Scheme.TotalShards;

    /// <summary>The blob can be read, and everything that lacks be rebuilt, with what is intact now.</summary>
    public bool IsReadable => IntactCount >= Scheme.DataShards;
}
