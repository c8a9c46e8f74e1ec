using System.Buffers;
using ObjectStore.Storage.Bulk;

namespace ObjectStore.Storage.Drives;

/// <summary>What writers of shards need of their drive.</summary>
public sealed partial class Drive
{
    /// <summary>
    /// Room for the blocks of a shard that may be logged, held until its commit. Never waits: a writer of many drives
    /// that waited here while it holds room elsewhere could wait for ever.
    /// </summary>
    /// <exception cref="DriveException">Too many shards are being written.</exception>
    internal IMemoryOwner<byte> RentForWrite(int lengthBytes) =>
        _writeBuffers.TryRent(lengthBytes)
        ?? throw new DriveException(DriveFault.Io, $"More than {WriteBufferBytes >> 20} MiB of shards are being written to '{Location}' at once; try again.");

    /// <summary>Appends a logged shard; durable and in the index when the task completes.</summary>
    internal async ValueTask CommitLoggedAsync(ShardRecord record, ReadOnlyMemory<byte> blocks, CancellationToken ct)
    {
        var head = ArrayPool<byte>.Shared.Rent(record.SizeBytes);
        try
        {
            var length = record.WriteTo(head);
            ReadOnlyMemory<byte>[] segments = [head.AsMemory(0, length), blocks];
            await _log.AppendAsync(RecordKind.LoggedShard, segments, new PendingCommit(record, null), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "writing the log");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }

    /// <summary>Reserves an extent and makes a writer for it.</summary>
    internal async ValueTask<(BulkExtent Extent, ExtentWriter Writer)> BeginExtentAsync(BlobId blob, int shard, long lengthBytes, CancellationToken ct)
    {
        ThrowIfNotServing();
        var scratch = RentForWrite(ExtentWriter.ScratchBytes);
        try
        {
            var extent = await _writers.RunAsync(() => _bulk.Reserve(BulkFormat.ReservedBytes(lengthBytes)), ct);
            return (extent, new ExtentWriter(Id, blob, shard, extent, scratch));
        }
        catch (Exception e)
        {
            scratch.Dispose();
            if (IsFault(e)) throw Translate(e, "reserving space");
            throw;
        }
    }

    internal async ValueTask WriteExtentAsync(ExtentWriter writer, ReadOnlyMemory<byte> blocks, CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            await _writers.RunAsync(() => writer.Write(blocks), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "writing a bulk segment");
        }
    }

    /// <summary>Syncs the extent, then appends its commit record; durable and in the index when the task completes.</summary>
    internal async ValueTask CommitExtentAsync(ExtentWriter writer, ShardRecord record, CancellationToken ct)
    {
        ThrowIfNotServing();
        var payload = ArrayPool<byte>.Shared.Rent(record.SizeBytes);
        try
        {
            await _writers.RunAsync(() => writer.Finish(record), ct);
            var length = record.WriteTo(payload);
            await _log.AppendAsync(RecordKind.Extent, payload.AsMemory(0, length), new PendingCommit(record, null), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "committing an extent");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }

    /// <summary>Gives an extent back: kept if it was committed, else freed in the background.</summary>
    internal void EndExtent(BulkExtent extent, bool committed)
    {
        if (committed) _bulk.Release(extent);
        else _reclaimer.Abandon(extent);
    }
}
