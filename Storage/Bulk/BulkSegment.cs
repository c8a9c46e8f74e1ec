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
