using System.Diagnostics;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// One read on a thread of the drive. It reads into memory of its own and copies what verifies, so that a caller who
/// gives up can have its buffers back at once, whatever the device does.
/// </summary>
internal sealed class ShardRead(Drive drive, ShardReader reader, int firstBlock, BlockBuffers destination) : DriveWork<ShardReadResult>
{
    private readonly Lock _gate = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _abandoned;

    protected override bool TryAbandon()
    {
        lock (_gate) return _abandoned = true;
    }

    protected override ShardReadResult Execute()
    {
        try
        {
            var result = ReadFrom(reader.Place);
            if (result.Status == ShardReadStatus.Corrupt) result = LookAgain(result);
            if (result.Status == ShardReadStatus.Ok) drive.CountReadLatency(Stopwatch.GetTimestamp() - _started);
            return result;
        }
        catch (FileSystemException e)
        {
            drive.CountReadFault(e);
            return new ShardReadResult(ShardReadStatus.DriveFault);
        }
    }

    // The shard may have been deleted or moved, and its old place punched, since it was opened.
    private ShardReadResult LookAgain(ShardReadResult found)
    {
        var before = reader.Place;
        var entry = drive.Index.Find(reader.Info.Blob, reader.Info.Shard);
        if (entry is null) return new ShardReadResult(ShardReadStatus.Gone);
        if (entry.SamePlace(before.Entry)) return found;
        return reader.MoveTo(drive.Pin(entry)) is { } place ? ReadFrom(place) : found;
    }

    private ShardReadResult ReadFrom(ShardPlace place)
    {
        if (place.File is null) return new ShardReadResult(ShardReadStatus.Corrupt, firstBlock);
        const int chunkBlocks = Drive.ReadChunkBytes / ShardLayout.BlockSizeBytes;
        using var scratch = drive.RentForRead();
        for (var done = 0; done < destination.Count; done += chunkBlocks)
        {
            var bad = ReadChunk(place, done, Math.Min(chunkBlocks, destination.Count - done), scratch.Memory);
            if (bad >= 0) return new ShardReadResult(ShardReadStatus.Corrupt, bad);
        }
        return new ShardReadResult(ShardReadStatus.Ok);
    }

    /// <returns>The first block that does not verify, or -1.</returns>
    private int ReadChunk(ShardPlace place, int from, int count, Memory<byte> scratch)
    {
        var first = firstBlock + from;
        var offset = (long)first * ShardLayout.BlockSizeBytes;
        var bytes = scratch.Span[..(int)Math.Min((long)count * ShardLayout.BlockSizeBytes, reader.Info.LengthBytes - offset)];
        var read = place.File!.Read(place.Entry.DataOffset + offset, bytes);
        for (var i = 0; i < count; i++)
        {
            var length = ShardLayout.BlockLength(reader.Info.LengthBytes, first + i);
            var start = i * ShardLayout.BlockSizeBytes;
            if (start + length > read || !reader.Verify(place, first + i, bytes.Slice(start, length))) return first + i;
        }
        lock (_gate)
        {
            if (_abandoned) return -1;
            for (var i = 0; i < count; i++)
            {
                var length = ShardLayout.BlockLength(reader.Info.LengthBytes, first + i);
                bytes.Slice(i * ShardLayout.BlockSizeBytes, length).CopyTo(destination.Block(from + i, length).Span);
            }
        }
        return -1;
    }
}
