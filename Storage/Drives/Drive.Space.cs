using System.Diagnostics;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>Free space: read from the file system now and then, counted down in between.</summary>
public sealed partial class Drive
{
    private readonly long _reserveBytes;
    private long _totalBytes;
    private long _availableBytes;

    public DriveSpace Space => new(Volatile.Read(ref _totalBytes), Math.Max(0, Volatile.Read(ref _availableBytes)));

    internal void RefreshSpace(FileSystemSpace space)
    {
        Volatile.Write(ref _totalBytes, space.TotalBytes);
        Volatile.Write(ref _availableBytes, space.AvailableBytes - _reserveBytes);
    }

    /// <summary>Reads the free space again. Blocks.</summary>
    internal void RefreshSpace() => RefreshSpace(FileSystem.GetSpace(Location));

    // Not exact: what an abandoned writer took comes back with the next look at the file system. The reserve covers that.
    private void TakeSpace(long bytes)
    {
        if (Interlocked.Add(ref _availableBytes, -bytes) >= 0) return;
        Interlocked.Add(ref _availableBytes, bytes);
        throw new DriveException(DriveFault.NoSpace, $"Drive {Id} at '{Location}' is full: {_reserveBytes >> 20} MiB are held in reserve for deletes and compaction.");
    }
}
