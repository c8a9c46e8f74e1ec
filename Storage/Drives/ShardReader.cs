using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// Reads one shard. What the page cache has is read and verified on the caller's thread; anything else goes to the
/// drive's threads (<see cref="ShardRead"/>), so that a device that hangs holds up nobody else.
/// </summary>
internal sealed class ShardReader : IShardReader
{
    private readonly Drive _drive;
    private readonly Lock _gate = new();
    private readonly List<ShardPlace> _places;
    private ShardPlace _place;
    private bool _disposed;

    public ShardReader(Drive drive, BlobId blob, int shard, ShardPlace place)
    {
        _drive = drive;
        _place = place;
        _places = [place];
        Info = new ShardInfo(blob, shard, place.Entry.LengthBytes, place.Entry.Root);
    }

    public ShardInfo Info { get; }

    /// <summary>Where the shard was found last; compaction may have moved it since.</summary>
    internal ShardPlace Place => Volatile.Read(ref _place);

    public ValueTask<ShardReadResult> ReadAsync(int firstBlock, BlockBuffers destination, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBlock);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBlock + destination.Count, ShardLayout.BlockCount(Info.LengthBytes));
        if (!_drive.IsServing) return new(new ShardReadResult(ShardReadStatus.DriveFault));
        return TryReadCached(firstBlock, destination)
            ? new(new ShardReadResult(ShardReadStatus.Ok))
            : _drive.ReadSlowAsync(this, firstBlock, destination, ct);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (var place in _places) place.Dispose();
        }
    }

    /// <summary>Whether a block's bytes are those that were written.</summary>
    internal bool Verify(ShardPlace place, int block, ReadOnlySpan<byte> bytes) =>
        BlockChecksum.Compute(Info.Blob, Info.Shard, block, bytes) == place.Entry.Checksums[block];

    /// <summary>Goes on from another place; the one before stays pinned, since parallel reads may be using it.</summary>
    internal ShardPlace? MoveTo(ShardPlace place)
    {
        lock (_gate)
        {
            if (_disposed || place.Entry.LengthBytes != Info.LengthBytes)
            {
                place.Dispose();
                return null;
            }
            _places.Add(place);
            Volatile.Write(ref _place, place);
            return place;
        }
    }

    // False also for a block that does not verify: the slow way reads again and finds out why.
    private bool TryReadCached(int firstBlock, BlockBuffers destination)
    {
        var place = Place;
        if (place.File is null) return false;
        try
        {
            for (var i = 0; i < destination.Count; i++)
            {
                var block = firstBlock + i;
                var bytes = destination.Block(i, ShardLayout.BlockLength(Info.LengthBytes, block)).Span;
                if (!place.File.TryReadCached(place.Entry.DataOffset + (long)block * ShardLayout.BlockSizeBytes, bytes)) return false;
                if (!Verify(place, block, bytes)) return false;
            }
            return true;
        }
        catch (Exception e) when (e is FileSystemException or ObjectDisposedException)
        {
            // The slow way meets it again, reports and counts it, or says that the drive has been closed.
            return false;
        }
    }
}
