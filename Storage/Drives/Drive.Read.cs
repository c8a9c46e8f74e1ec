using System.Buffers;
using ObjectStore.Storage.Index;
using ObjectStore.Rocks;

namespace ObjectStore.Storage.Drives;

/// <summary>What readers of shards need of their drive.</summary>
public sealed partial class Drive
{
    internal bool IsServing => Volatile.Read(ref _closed) == 0 && Health.State == DriveState.Online;

    /// <summary>Never null: there is a buffer for every thread that reads.</summary>
    internal IMemoryOwner<byte> RentForRead() =>
        _readBuffers.TryRent(ReadChunkBytes) ?? throw new InvalidOperationException("More reads run than the drive has threads.");

    internal void CountReadLatency(long elapsedTicks) => _latency.Add(elapsedTicks);

    internal async ValueTask<ShardReadResult> ReadSlowAsync(ShardReader reader, int firstBlock, BlockBuffers destination, CancellationToken ct)
    {
        try
        {
            return await _readers.RunAsync(new ShardRead(this, reader, firstBlock, destination), ct);
        }
        catch (DriveException)
        {
            return new ShardReadResult(ShardReadStatus.DriveFault);
        }
        catch (Exception e) when (e is RocksDbException or IndexDamagedException or ObjectDisposedException)
        {
            // Latches where it must; the reader only needs to know that this drive did not answer.
            Translate(e, "reading a shard");
            return new ShardReadResult(ShardReadStatus.DriveFault);
        }
    }
}
