using ObjectStore.Rocks;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>How bulk segments are written.</summary>
public enum BulkWriteMode
{
    /// <summary>O_DIRECT from the caller's aligned buffers: 2.1 GB/s on the reference machine. What is read soon after comes from the device.</summary>
    Direct,

    /// <summary>Through the page cache, with write-out started early: 0.5 GB/s on the reference machine, and reads of what was just written hit memory.</summary>
    Buffered,
}

/// <summary>Settings of one drive. The defaults suit a disk of any size.</summary>
public sealed record DriveOptions
{
    public static DriveOptions Default { get; } = new();

    public BulkWriteMode BulkWrites { get; init; } = BulkWriteMode.Direct;

    /// <summary>Bytes of a bulk segment; null: a 256th of the drive, at least 64 MiB, at most 1 GiB.</summary>
    public long? SegmentBytes { get; init; }

    /// <summary>
    /// Bytes of one file of the log; null: see <see cref="LogFileBytesFor(long)"/>. Files are reclaimed whole, so smaller
    /// ones free space sooner.
    /// </summary>
    public long? LogFileBytes { get; init; }

    /// <summary>Free bytes that new shards must leave; null: 2 % but at least 1 GiB, on small drives at most 10 %.</summary>
    public long? ReserveBytes { get; init; }

    /// <summary>The index is flushed after so many records ...</summary>
    public int FlushEveryRecords { get; init; } = 10_000;

    /// <summary>... or bytes of log, whichever comes first: this bounds what an open replays.</summary>
    public long FlushEveryBytes { get; init; } = 256L << 20;

    /// <summary>Threads that read, each with a buffer of 1 MiB while it works.</summary>
    public int ReadThreads { get; init; } = 4;

    /// <summary>Threads that write and sync bulk segments.</summary>
    public int WriteThreads { get; init; } = 4;

    /// <summary>Requests that may wait for these threads; more wait asynchronously with their callers.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>How often the drive's identity is read again through its path. Zero switches the probe off.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A probe that takes longer latches the drive: it hangs.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a close waits for a device that does not answer.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Failed reads within <see cref="ReadFaultWindow"/> that latch the drive. A few bad sectors must not cost a
    /// drive: their shards are rebuilt elsewhere. A drive that fails everywhere reaches this within a second.
    /// </summary>
    public int ReadFaultLimit { get; init; } = 16;

    public TimeSpan ReadFaultWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the background looks for space to free. Zero: never (tests call it themselves).</summary>
    public TimeSpan ReclaimInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes that one turn of the background may copy.</summary>
    public long ReclaimBudgetBytes { get; init; } = 64L << 20;

    /// <summary>A sealed log file with at most this share of it live is copied forward and unlinked.</summary>
    public double LogSparseBelow { get; init; } = 0.5;

    /// <summary>The same for bulk segments, lower: holes have given their space back already.</summary>
    public double BulkSparseBelow { get; init; } = 0.125;

    /// <summary>Where the index lies; null: in <c>index/</c> of the drive. RocksDB needs a directory of the real file system.</summary>
    public string? IndexDirectory { get; init; }

    /// <summary>Cache of the index's blocks, best shared by all drives; null: one of 8 MiB for this drive.</summary>
    public Cache? IndexCache { get; init; }

    internal long SegmentBytesFor(long capacityBytes)
    {
        var bytes = SegmentBytes ?? Math.Clamp(capacityBytes / 256, 64L << 20, 1L << 30);
        return BulkFormat.AlignUp(bytes);
    }

    internal long ReserveBytesFor(long capacityBytes) =>
        ReserveBytes ?? Math.Min(Math.Max(capacityBytes / 50, 1L << 30), capacityBytes / 10);

    /// <summary>Bytes of a log's or journal's file on a drive of this capacity: a 256th, at least 4 MiB, at most 64 MiB.</summary>
    public static long LogFileBytesFor(long capacityBytes) => IoAlignment.Up(Math.Clamp(capacityBytes / 256, 4L << 20, 64L << 20));
}
