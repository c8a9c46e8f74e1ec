using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Bulk;

/// <summary>One segment file and what the process holds open of it. Guarded by its <see cref="BulkStore"/>.</summary>
internal sealed class BulkSegment(long number, string path)
{
    public long Number { get; } = number;

    public string Path { get; } = path;

    /// <summary>Set when this run made the file, or when its header was read.</summary>
    public Guid Nonce { get; set; }

    /// <summary>Bytes of the file; zero before its header was read.</summary>
    public long SizeBytes { get; set; }

    /// <summary>Null once nothing is written to it any more.</summary>
    public IFile? Writer { get; set; }

    /// <summary>Opened when first read.</summary>
    public IFile? Reader { get; set; }

    /// <summary>Where the next extent goes.</summary>
    public long NextOffset { get; set; }

    /// <summary>No new extents.</summary>
    public bool Sealed { get; set; }

    /// <summary>Extents that are being written.</summary>
    public int InFlight { get; set; }

    /// <summary>Readers that pin it.</summary>
    public int Pins { get; set; }

    /// <summary>The file is unlinked; handles close with the last pin.</summary>
    public bool Deleted { get; set; }

    /// <summary>A sync has failed: nothing further is written to it.</summary>
    public bool IsSyncBroken => Volatile.Read(ref _syncFailure) is not null;

    private readonly Lock _syncGate = new();
    private FileSystemException? _syncFailure;

    /// <summary>
    /// fdatasync for all extents that are being written to the file. Once it has failed it fails for ever: the kernel reports
    /// a lost page to one caller only, and the next sync would succeed without it, whosever it was.
    /// </summary>
    /// <exception cref="FileSystemException">The sync failed, now or before.</exception>
    public void SyncData(IFile file)
    {
        lock (_syncGate)
        {
            if (_syncFailure is { } before) throw before;
            try
            {
                file.SyncData();
            }
            catch (FileSystemException e)
            {
                Volatile.Write(ref _syncFailure, e);
                throw;
            }
        }
    }
}

/// <summary>Keeps a segment readable, also when it is unlinked meanwhile.</summary>
internal sealed class BulkPin(BulkStore store, BulkSegment segment, IFile file) : IDisposable
{
    private int _disposed;

    public IFile File { get; } = file;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) store.Unpin(segment);
    }
}
