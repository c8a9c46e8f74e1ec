using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Erasure.Repair;

/// <summary>Reads one shard and computes its checksums again from its bytes, not trusting the drive's own table.</summary>
internal sealed class ShardVerification(BlobStoreContext context, BlobLayout blob, int shard) : IDisposable
{
    private readonly ShardSource _source = new(context, blob, shard, context.Drives.FindSlot(blob.Drives[shard]));
    private SharedBuffer? _buffer;

    public async ValueTask<ShardState> RunAsync(CancellationToken ct)
    {
        if (_source.Slot is not { } slot || slot.Drive.Health.State != DriveState.Online)
            return ShardState.Unreachable;

        var layout = new StripeLayout(blob.Scheme, blob.LengthBytes);
        var checksums = new ulong[layout.StripeCount];
        var step = Math.Min(context.Options.BlocksPerPiece, layout.StripeCount);
        for (var block = 0; block < layout.StripeCount; block += step)
        {
            var count = Math.Min(step, layout.StripeCount - block);
            _buffer ??= new SharedBuffer(await context.Pool.RentAsync(layout.PieceBytes(0, step), ct));
            var memory = _buffer.Memory[..layout.PieceBytes(block, count)];
            var run = ShardRun.Start(context, _source, block, count, _buffer, memory, ct);
            await run.WaitAsync(context.Options.ReadDeadline, ct);
            ct.ThrowIfCancellationRequested();
            if (run.IsPending)
                run.DeclareLate();
            if (!run.IsOk)
                return StateOf(run.Outcome);
            for (var i = 0; i < count; i++)
            {
                var bytes = memory.Span.Slice(i * ShardLayout.BlockSizeBytes, layout.BlockBytes(block + i));
                checksums[block + i] = BlockChecksum.Compute(blob.Id, shard, block + i, bytes);
            }
        }

        var root = BlockChecksum.Root(blob.Id, shard, layout.ShardBytes, checksums);
        return root == blob.Roots[shard] ? ShardState.Ok : ShardState.Corrupt;
    }

    public void Dispose()
    {
        _buffer?.Release();
        _source.Release();
    }

    private static ShardState StateOf(ShardOutcome outcome) => outcome switch
    {
        ShardOutcome.Absent => ShardState.Absent,
        ShardOutcome.Corrupt => ShardState.Corrupt,
        _ => ShardState.Unreachable,
    };
}
