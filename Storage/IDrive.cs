namespace ObjectStore.Storage;

/// <summary>
/// One drive: checksummed shards, made durable by commit. It knows no object, no scheme and no other drive.
/// All members may be called from any thread.
/// </summary>
public interface IDrive : IAsyncDisposable
{
    DriveId Id { get; }

    /// <summary>Where the drive is, for messages to people.</summary>
    string Location { get; }

    /// <summary>Whether it serves; once latched it stays so until it is opened anew.</summary>
    DriveHealth Health { get; }

    DriveSpace Space { get; }

    /// <summary>
    /// Begins a shard. Nothing of it can be read, and nothing of it survives a crash, before its commit.
    /// </summary>
    /// <param name="lengthBytes">The exact length where it is known, else null; at most <see cref="ShardLayout.MaxShardBytes"/>.</param>
    /// <exception cref="DriveException">Latched, or the reserve of free space is reached.</exception>
    IShardWriter Create(BlobId blob, int shard, long? lengthBytes);

    /// <summary>A handle on a committed shard, or null if this drive has none. One index look-up.</summary>
    /// <exception cref="DriveException">The drive cannot answer, which is not the same as "it has none".</exception>
    ValueTask<IShardReader?> OpenAsync(BlobId blob, int shard, CancellationToken ct);

    /// <summary>Removes a shard and frees its space in the background. Unknown shards are no error.</summary>
    ValueTask DeleteAsync(BlobId blob, int shard, CancellationToken ct);

    /// <summary>All committed shards in the order of (blob, shard), from <paramref name="from"/> on (inclusive).</summary>
    IAsyncEnumerable<ShardInfo> EnumerateAsync(BlobId from, CancellationToken ct);
}

/// <summary>Writes one shard. Calls are sequential. Disposing without a commit abandons it and frees what was reserved.</summary>
public interface IShardWriter : IAsyncDisposable
{
    /// <summary>
    /// Appends whole blocks (only the shard's last may be short). The memory must stay untouched until the
    /// task completes; pass buffers of <c>Storage/Buffers</c>, aligned for direct I/O, to avoid a copy.
    /// </summary>
    /// <param name="checksums">One <c>BlockChecksum</c> per block of <paramref name="blocks"/>.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> blocks, ReadOnlyMemory<ulong> checksums, CancellationToken ct);

    /// <summary>Durable when the task completes: fsynced, and found by <see cref="IDrive.OpenAsync"/>.</summary>
    /// <param name="tag">Opaque to the drive, kept with the shard for salvage; at most 4 KiB.</param>
    ValueTask CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct);
}

/// <summary>Reads one committed shard. Safe for parallel reads. Dispose when done: it may pin a file.</summary>
public interface IShardReader : IDisposable
{
    ShardInfo Info { get; }

    /// <summary>
    /// Reads <paramref name="destination"/>.Count blocks from <paramref name="firstBlock"/> on and verifies each.
    /// Block i lands at offset i × stride; the shard's last block may be short.
    /// </summary>
    ValueTask<ShardReadResult> ReadAsync(int firstBlock, BlockBuffers destination, CancellationToken ct);
}

/// <summary>Room for <paramref name="Count"/> blocks, each <paramref name="StrideBytes"/> after the one before.</summary>
public readonly record struct BlockBuffers(Memory<byte> Memory, int Count, int StrideBytes)
{
    /// <summary>One block, or several that lie directly behind one another.</summary>
    public static BlockBuffers Contiguous(Memory<byte> memory, int count) => new(memory, count, ShardLayout.BlockSizeBytes);

    public Memory<byte> Block(int index, int lengthBytes) => Memory.Slice(index * StrideBytes, lengthBytes);
}

public enum ShardReadStatus
{
    /// <summary>All blocks asked for were read and their checksums match.</summary>
    Ok,

    /// <summary>The shard was deleted, or moved and gone, since it was opened.</summary>
    Gone,

    /// <summary>A block's checksum does not match: <see cref="ShardReadResult.BadBlock"/> names the first.</summary>
    Corrupt,

    /// <summary>The drive failed to read (EIO, latched, closed).</summary>
    DriveFault,
}

public readonly record struct ShardReadResult(ShardReadStatus Status, int BadBlock = -1);

/// <summary>What a drive knows of a committed shard.</summary>
/// <param name="Root">Checksum over the block checksums (<c>BlockChecksum.Root</c>).</param>
public readonly record struct ShardInfo(BlobId Blob, int Shard, long LengthBytes, ulong Root);

/// <summary>Bytes in all and bytes that new shards may still take (what the reserve holds back is not counted).</summary>
public readonly record struct DriveSpace(long TotalBytes, long AvailableBytes);

public enum DriveState { Online, Latched }

/// <param name="Reason">For a latched drive: what happened and what to do, in words for the operator.</param>
public sealed record DriveHealth(DriveState State, string? Reason = null)
{
    public static DriveHealth Online { get; } = new(DriveState.Online);
}

public enum DriveFault
{
    /// <summary>The device failed a read, write or sync; the drive has latched.</summary>
    Io,

    /// <summary>Free space has come down to the reserve. Deletes still work.</summary>
    NoSpace,

    /// <summary>The drive latched earlier.</summary>
    Latched,

    /// <summary>The directory is not this store's drive, or only half formatted.</summary>
    Foreign,

    /// <summary>Closed while in use.</summary>
    Closed,
}

/// <summary>A drive could not do what was asked. Other drives may: callers go on without this one.</summary>
public sealed class DriveException(DriveFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public DriveFault Fault { get; } = fault;
}
