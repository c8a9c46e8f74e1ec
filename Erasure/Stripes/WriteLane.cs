using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// The way of one shard to its drive. Its operations follow one another without the writer waiting; a fault ends it
/// and is kept. Used by one writer at a time.
/// </summary>
/// <param name="writer">Null if the drive refused the shard from the start, for the reason in <paramref name="refusal"/>.</param>
internal sealed class WriteLane(int shard, DriveSlot slot, IShardWriter? writer, Exception? refusal, TimeProvider time)
{
    private ulong[] _checksums = [];
    private volatile Exception? _fault = refusal;
    private volatile bool _isCommitted;

    public int Shard => shard;

    /// <summary>Where the shard lies, or would lie had its drive not failed.</summary>
    public DriveId DriveId => slot.Drive.Id;

    public DriveSlot Slot => slot;

    /// <summary>The last operation; it never fails, see <see cref="Fault"/>.</summary>
    public Task Operation { get; private set; } = Task.CompletedTask;

    /// <summary>When <see cref="Operation"/> ended, in ticks of the time provider.</summary>
    public long EndedAt { get; private set; }

    public Exception? Fault => _fault;

    /// <summary>Was too late. Whatever its operation still does no longer counts.</summary>
    public bool IsLeftOut { get; private set; }

    /// <summary>Counts on: neither faulted nor left out.</summary>
    public bool IsAlive => writer is not null && _fault is null && !IsLeftOut;

    public bool IsCommitted => _isCommitted;

    public void SetChecksum(int block, ulong checksum)
    {
        // A piece on its way keeps the array that it was given, so growing never moves anything under it.
        if (block >= _checksums.Length)
            Array.Resize(ref _checksums, Math.Max(block + 1, _checksums.Length * 2));
        _checksums[block] = checksum;
    }

    /// <summary>Makes room for all checksums at once where their number is known.</summary>
    public void ReserveChecksums(int blocks) => Array.Resize(ref _checksums, blocks);

    public ReadOnlySpan<ulong> Checksums(int blocks) => _checksums.AsSpan(0, blocks);

    /// <summary>Sends off <paramref name="blocks"/>, which lie in <paramref name="buffer"/>.</summary>
    public void BeginWrite(SharedBuffer buffer, ReadOnlyMemory<byte> blocks, int firstBlock, CancellationToken ct)
    {
        buffer.Retain();
        Operation = WriteAsync(Operation, buffer, blocks, ChecksumsOf(blocks, firstBlock), ct);
    }

    public void BeginCommit(ReadOnlyMemory<byte> tag, CancellationToken ct) => Operation = CommitAsync(Operation, tag, ct);

    public void LeaveOut() => IsLeftOut = true;

    /// <summary>Frees the drive's side once the last operation has ended; abandons the shard if it is not committed.</summary>
    public async Task CloseAsync()
    {
        await Operation;
        if (writer is null)
            return;
        try
        {
            await writer.DisposeAsync();
        }
        catch (Exception fault)
        {
            // The drive has latched or is gone: nothing is left to free, and the reason is its own to report.
            _fault ??= fault;
        }
    }

    /// <summary>Removes a shard of a blob that does not count. What cannot be removed now is an orphan, which a collector finds.</summary>
    public async Task DiscardAsync(BlobId blob)
    {
        await CloseAsync();
        if (!IsCommitted)
            return;
        try
        {
            await slot.Drive.DeleteAsync(blob, shard, CancellationToken.None);
        }
        catch (Exception fault)
        {
            _fault ??= fault;
        }
    }

    private ReadOnlyMemory<ulong> ChecksumsOf(ReadOnlyMemory<byte> blocks, int firstBlock) =>
        _checksums.AsMemory(firstBlock, ShardLayout.BlockCount(blocks.Length));

    private async Task WriteAsync(
        Task before, SharedBuffer buffer, ReadOnlyMemory<byte> blocks, ReadOnlyMemory<ulong> checksums, CancellationToken ct)
    {
        try
        {
            await before;
            if (_fault is null)
                await writer!.WriteAsync(blocks, checksums, ct);
        }
        catch (Exception fault)
        {
            _fault = fault;
        }
        finally
        {
            EndedAt = time.GetTimestamp();
            buffer.Release();
        }
    }

    private async Task CommitAsync(Task before, ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        try
        {
            await before;
            if (_fault is null)
            {
                await writer!.CommitAsync(tag, ct);
                _isCommitted = true;
            }
        }
        catch (Exception fault)
        {
            _fault = fault;
        }
        finally
        {
            EndedAt = time.GetTimestamp();
        }
    }
}
