using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;
using ObjectStore.Storage.Buffers;

namespace ObjectStore.Erasure.Stripes;

/// <summary>Limits of the blob store, each with its reason.</summary>
public sealed record BlobStoreOptions
{
    /// <summary>Scheme of a blob whose caller wishes none.</summary>
    public Scheme DefaultScheme { get; init; } = new(4, 2);

    /// <summary>
    /// Blocks that a drive gets or gives in one call, 1 to 256. Four (256 KiB) is where a disk's sequential rate is
    /// reached; a writer holds two groups of (k+m) × this, a reader two of k × this. Fewer with very many shards, so
    /// that a group fits one buffer.
    /// </summary>
    public int BlocksPerPiece { get; init; } = 4;

    /// <summary>
    /// A drive that has not finished a step of a write so long after it was issued, and twice as long as the quorum
    /// took, is left out of the blob. Twice, so that a machine that is slow as a whole does not lose redundancy.
    /// </summary>
    public TimeSpan WriteDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A step of a write that has no quorum after this has failed: the drives hang.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A read is never raced before this, however fast the drive usually is: it would only add load.</summary>
    public TimeSpan HedgeFloor { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Most reads that may be raced by a parity read, as a share of all reads.</summary>
    public double HedgeBudget { get; init; } = 0.05;

    /// <summary>A drive that has not answered a read after this is unreachable for the rest of it, if others can stand in.</summary>
    public TimeSpan ReadDeadline { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A read that too few drives have answered after this fails: nobody waits for ever.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Most bytes of buffers that may be held back by operations that hang (their memory cannot be used again before
    /// they end). Beyond it no new blob begins.
    /// </summary>
    public long MaxQuarantinedBytes { get; init; } = 128L << 20;

    /// <summary>Stripes in one group of a scheme: at least one, since 256 shards of one block fill a buffer exactly.</summary>
    internal int GroupStripes(Scheme scheme) =>
        Math.Min(BlocksPerPiece, AlignedBufferPool.MaxBufferBytes / (scheme.TotalShards * ShardLayout.BlockSizeBytes));

    internal void Validate()
    {
        if (!DefaultScheme.IsValid)
            throw new ArgumentException($"{DefaultScheme} is no scheme: k at least 1, k + m at most {Scheme.MaxTotalShards}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(BlocksPerPiece, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlocksPerPiece, 256);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(WriteDeadline, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(WriteTimeout, WriteDeadline);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ReadDeadline, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReadTimeout, ReadDeadline);
        ArgumentOutOfRangeException.ThrowIfNegative(HedgeBudget);
    }
}
