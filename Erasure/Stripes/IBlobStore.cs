using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Blobs over drives: encodes, places, writes to quorum, reads and verifies, rebuilds what is missing.
/// It knows no object and no metadata; what a blob's layout is, its caller keeps.
/// </summary>
public interface IBlobStore
{
    /// <summary>The scheme that new blobs get when the caller wishes none.</summary>
    Scheme DefaultScheme { get; }

    /// <summary>
    /// Begins a blob, once there is room for its first buffer, of at most <see cref="BlobGeometry.MaxBlobBytes"/>. When fewer than k+m drives are
    /// usable the scheme of the resulting layout is narrower than wished, and so may be the bytes that the blob can
    /// take: callers go by <see cref="IBlobWriter.RemainingBytes"/> and begin another blob when it is zero.
    /// </summary>
    /// <param name="lengthBytes">
    /// The exact length where known, at least 1, else null. A writer with a known length is committed when
    /// <see cref="IBlobWriter.RemainingBytes"/> is zero, not before.
    /// </param>
    /// <exception cref="BlobStoreException">Too few drives, or no space.</exception>
    ValueTask<IBlobWriter> CreateAsync(BlobId id, Scheme wish, long? lengthBytes, CancellationToken ct);

    /// <summary>
    /// Writes bytes [offset, offset + length) into <paramref name="destination"/>, flushing as it goes. Only
    /// verified bytes are written; what is bad or missing is rebuilt in this call and reported as a finding.
    /// </summary>
    /// <exception cref="BlobStoreException">More than m shards are unreadable; what was written so far is correct but short.</exception>
    ValueTask ReadAsync(BlobLayout blob, long offset, long length, PipeWriter destination, CancellationToken ct);

    /// <summary>Deletes the shards on every drive that answers. Returns the drives that did not, to be tried again.</summary>
    ValueTask<IReadOnlyList<DriveId>> DeleteAsync(BlobLayout blob, CancellationToken ct);
}

/// <summary>Writes one blob. Calls are sequential. Disposing without commit leaves only garbage that is freed.</summary>
public interface IBlobWriter : IAsyncDisposable
{
    /// <summary>
    /// The next free piece of the blob's stripe buffers, never empty while the blob has room; fill it and
    /// call <see cref="AdvanceAsync"/>. This is where the body's bytes are copied to, once.
    /// </summary>
    Memory<byte> GetMemory();

    /// <summary>Takes the first <paramref name="count"/> bytes of the piece; encodes and sends off what is complete. Waits when drives are behind.</summary>
    ValueTask AdvanceAsync(int count, CancellationToken ct);

    /// <summary>
    /// While fewer bytes than this are advanced, the pieces given out so far stay as they were filled; the advance that
    /// reaches it sends them off, and they may be given out anew. So may they be after the commit.
    /// </summary>
    long UnsentBytes { get; }

    /// <summary>The blob's scheme is narrower than wished for want of drives: it should be encoded anew when there are more.</summary>
    bool IsDegraded { get; }

    /// <summary>Bytes that this blob can still take.</summary>
    long RemainingBytes { get; }

    /// <summary>Durable on all shards, or at least on the write quorum with the rest named in <see cref="BlobLayout.Missing"/>.</summary>
    /// <exception cref="BlobStoreException">The quorum was not reached: nothing was written that counts; try again with a new id.</exception>
    /// <exception cref="InvalidOperationException">No byte was written (a blob has at least one), or fewer than the known length.</exception>
    ValueTask<BlobLayout> CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct);
}

public enum BlobStoreFault
{
    /// <summary>Fewer drives are usable, or more failed during the write, than the quorum allows. Transient.</summary>
    TooFewDrives,

    /// <summary>No drives with room. </summary>
    NoSpace,

    /// <summary>More than m shards cannot be read now. Never a reason to delete anything.</summary>
    Unreadable,
}

public sealed class BlobStoreException(BlobStoreFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public BlobStoreFault Fault { get; } = fault;
}

public enum ShardDefect
{
    /// <summary>The drive answered, and has no such shard.</summary>
    Absent,

    /// <summary>The shard is there and a block of it does not verify.</summary>
    Corrupt,

    /// <summary>The drive did not answer.</summary>
    Unreachable,
}

/// <summary>Takes what readers find, from any thread; must not block and must not throw. It deduplicates and keeps the ledger.</summary>
public interface IShardFindings
{
    void Report(BlobLayout blob, int shard, ShardDefect defect);
}
