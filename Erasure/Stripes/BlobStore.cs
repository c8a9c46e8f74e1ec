using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;
using ObjectStore.Storage.Buffers;

namespace ObjectStore.Erasure.Stripes;

/// <summary>The blob store over a <see cref="DriveSet"/>. Any thread may call. It owns neither drives nor pool.</summary>
public sealed partial class BlobStore : IBlobStore, IAsyncDisposable
{
    private readonly BlobStoreContext _context;

    /// <param name="pool">Bounds the memory of all readers and writers together; at least a few groups, see <see cref="BlobStoreOptions.BlocksPerPiece"/>.</param>
    /// <param name="findings">Is told what readers find missing or damaged.</param>
    public BlobStore(
        DriveSet drives, IBufferPool pool, CodecProvider codecs, IShardFindings findings, BlobStoreOptions options, TimeProvider time)
    {
        options.Validate();
        _context = new BlobStoreContext(drives, pool, codecs, findings, options, time);
    }

    public Scheme DefaultScheme => _context.Options.DefaultScheme;

    /// <summary>Bytes of buffers that operations on hanging drives hold back; for metrics.</summary>
    public long QuarantinedBytes => _context.QuarantinedBytes;

    internal BlobStoreContext Context => _context;

    public async ValueTask ReadAsync(BlobLayout blob, long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, blob.LengthBytes - length, nameof(offset));
        if (length == 0)
            return;
        var reader = new BlobReader(_context, blob, offset, offset + length, destination);
        try
        {
            await reader.RunAsync(ct);
        }
        finally
        {
            reader.Release();
        }
    }

    public async ValueTask<IReadOnlyList<DriveId>> DeleteAsync(BlobLayout blob, CancellationToken ct)
    {
        var deletions = new Task<bool>[blob.Drives.Length];
        for (var shard = 0; shard < deletions.Length; shard++)
            deletions[shard] = DeleteShardAsync(blob, shard, ct);
        var done = await Task.WhenAll(deletions);
        return [.. blob.Drives.Where((_, shard) => !done[shard])];
    }

    /// <summary>Waits for the cleaning up after failed writes, up to the write deadline: operations that hang are left.</summary>
    public async ValueTask DisposeAsync() =>
        await WhenIdleAsync().WaitAsync(_context.Options.WriteDeadline, _context.Time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    internal Task WhenIdleAsync() => _context.Background.WhenIdleAsync();

    /// <summary>False if the drive is not there, fails, or does not answer before the write deadline.</summary>
    private async Task<bool> DeleteShardAsync(BlobLayout blob, int shard, CancellationToken ct)
    {
        if (_context.Drives.FindSlot(blob.Drives[shard]) is not { } slot)
            return false;
        var deletion = TryDeleteAsync();
        await ((Task)deletion).WaitAsync(_context.Options.WriteDeadline, _context.Time, ct)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _context.GiveUpOn(deletion, slot, pinnedBytes: 0);
        ct.ThrowIfCancellationRequested();
        return deletion.IsCompleted && await deletion;

        async Task<bool> TryDeleteAsync()
        {
            try
            {
                await slot.Drive.DeleteAsync(blob.Id, shard, ct);
                return true;
            }
            catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
            {
                return false;
            }
        }
    }
}
