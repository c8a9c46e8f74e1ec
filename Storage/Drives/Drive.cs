using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>The highest session and metadata LSN that a drive has seen; metadata older than its drives is not to be trusted.</summary>
public readonly record struct SeenMark(uint Session, long Lsn);

/// <summary>One drive on a directory of a file system: a log, bulk segments, and an index that can be rebuilt from them.</summary>
public sealed partial class Drive : IDrive
{
    public DriveId Id => Identity.Drive;

    public DriveIdentity Identity => throw new NotImplementedException();

    /// <summary>The drive's directory; the metadata keeps <c>journal/</c> and <c>meta/</c> below it on mirror drives.</summary>
    public string Location => throw new NotImplementedException();

    public IFileSystem FileSystem => throw new NotImplementedException();

    public DriveHealth Health => throw new NotImplementedException();

    public DriveSpace Space => throw new NotImplementedException();

    /// <summary>95th percentile of recent reads that went to the device; zero before there were enough. Reads answered from memory do not count.</summary>
    public TimeSpan ReadLatencyP95 => throw new NotImplementedException();

    /// <summary>Damage that the open found in the log; the shards that it lost are repaired from other drives when they are missed.</summary>
    public IReadOnlyList<LogDamage> Damages => throw new NotImplementedException();

    /// <summary>The highest session and LSN that <see cref="SetSeenAsync"/> made durable.</summary>
    public SeenMark Seen => throw new NotImplementedException();

    /// <summary>
    /// Opens a drive: recognises it, replays its log, begins to serve. Uses the calling thread until a thread of the
    /// drive takes over; a device that hangs holds up the task, not a thread of the pool.
    /// </summary>
    /// <param name="expectedStore">Refuse a drive of another store; null takes any (a first look).</param>
    /// <exception cref="DriveException">Foreign: not this store's drive, missing, or half formatted. Io: the device failed.</exception>
    public static Task<Drive> OpenAsync(
        IFileSystem fileSystem, string directory, Guid? expectedStore, DriveOptions options, TimeProvider time, CancellationToken ct) =>
        throw new NotImplementedException();

    public IShardWriter Create(BlobId blob, int shard, long? lengthBytes) => throw new NotImplementedException();

    public ValueTask<IShardReader?> OpenAsync(BlobId blob, int shard, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask DeleteAsync(BlobId blob, int shard, CancellationToken ct) => throw new NotImplementedException();

    public IAsyncEnumerable<ShardInfo> EnumerateAsync(BlobId from, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>The metadata's membership record, opaque here; null if none was ever written.</summary>
    /// <exception cref="DriveException">It is damaged or cannot be read.</exception>
    public byte[]? ReadMembership() => throw new NotImplementedException();

    /// <summary>Replaces the membership record; durable and whole when the task completes. At most 4 KiB.</summary>
    public Task WriteMembershipAsync(ReadOnlyMemory<byte> record, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>Raises <see cref="Seen"/> durably to at least these values; never lowers it.</summary>
    public Task SetSeenAsync(uint session, long lsn, CancellationToken ct) => throw new NotImplementedException();

    /// <summary>One turn of freeing space: flushes the index, punches holes, unlinks empty files, copies sparse ones forward.</summary>
    /// <param name="budgetBytes">Bytes that it may copy.</param>
    /// <returns>Whether there was anything to do.</returns>
    public Task<bool> ReclaimOnceAsync(long budgetBytes, CancellationToken ct) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
