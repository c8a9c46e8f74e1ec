using ObjectStore.Erasure.Sets;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Erasure.Repair;

/// <summary>Makes one shard anew: group by group it is computed from k others and written, and committed at the end.</summary>
internal sealed class ShardRebuild
{
    private readonly BlobStoreContext _context;
    private readonly BlobLayout _blob;
    private readonly int _shard;
    private readonly IDrive _target;
    private readonly StripeReader _stripes;
    private readonly ReadGroup _group;
    private WriteLane? _lane;

    public ShardRebuild(BlobStoreContext context, BlobLayout blob, int shard, IDrive target)
    {
        (_context, _blob, _shard, _target) = (context, blob, shard, target);
        _stripes = new StripeReader(context, blob);
        _group = new ReadGroup(_stripes.Layout);
    }

    public async ValueTask<RebuildResult> RunAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        var layout = _stripes.Layout;
        if (TryBegin() is { } refusal)
            return refusal;

        var step = Math.Min(_context.Options.GroupStripes(_blob.Scheme), layout.StripeCount);
        for (var stripe = 0; stripe < layout.StripeCount; stripe += step)
        {
            var count = Math.Min(step, layout.StripeCount - stripe);
            if (await ReadAsync(stripe, count, ct) is { } unreadable)
                return unreadable;
            if (await WriteAsync(stripe, count, ct) is { } failed)
                return failed;
        }

        var root = BlockChecksum.Root(_blob.Id, _shard, layout.ShardBytes, _lane!.Checksums(layout.StripeCount));
        if (root != _blob.Roots[_shard])
            return new RebuildResult(RebuildOutcome.RootMismatch, $"Shard {_shard} of {_blob.Id}: root {root:x16}, expected {_blob.Roots[_shard]:x16}.");

        _lane.BeginCommit(tag, ct);
        return await WaitForTargetAsync(ct) ?? RebuildResult.Rebuilt;
    }

    /// <summary>Lets go of everything. A shard without a commit is abandoned by its drive.</summary>
    public void Release()
    {
        _group.Recycle();
        _stripes.Release();
        if (_lane is not null)
            _context.Background.Track(_lane.CloseAsync());
    }

    private RebuildResult? TryBegin()
    {
        var slot = _context.Drives.FindSlot(_target.Id) ?? new DriveSlot(_target, FailureDomain.Local);
        try
        {
            var writer = _target.Create(_blob.Id, _shard, _stripes.Layout.ShardBytes);
            _lane = new WriteLane(_shard, slot, writer, refusal: null, _context.Time);
            _lane.ReserveChecksums(_stripes.Layout.StripeCount);
            return null;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            return new RebuildResult(RebuildOutcome.TargetFailed, fault.Message);
        }
    }

    private async ValueTask<RebuildResult?> ReadAsync(int stripe, int count, CancellationToken ct)
    {
        _group.Recycle();
        _group.Begin(stripe, count, _context.Time.GetTimestamp());
        _group.Room = await RecoveryRoom.WaitForAsync(_context, _blob.Scheme.TotalShards, _group.PieceBytes, ct);
        _stripes.WantRebuilt(_group, _shard);
        _stripes.Prepare(_group, ct);
        try
        {
            await _stripes.CompleteAsync(_group, ct);
            return null;
        }
        catch (BlobStoreException fault) when (fault.Fault == BlobStoreFault.Unreadable)
        {
            return new RebuildResult(RebuildOutcome.TooFewSources, fault.Message);
        }
    }

    private async ValueTask<RebuildResult?> WriteAsync(int stripe, int count, CancellationToken ct)
    {
        var piece = _group.Piece(_shard);
        for (var i = 0; i < count; i++)
        {
            var bytes = piece.Span.Slice(i * ShardLayout.BlockSizeBytes, _stripes.Layout.BlockBytes(stripe + i));
            _lane!.SetChecksum(stripe + i, BlockChecksum.Compute(_blob.Id, _shard, stripe + i, bytes));
        }

        _lane!.BeginWrite(_group.Room!.Buffer, piece, stripe, ct);
        return await WaitForTargetAsync(ct);
    }

    private async ValueTask<RebuildResult?> WaitForTargetAsync(CancellationToken ct)
    {
        var operation = _lane!.Operation;
        await operation.WaitAsync(_context.Options.WriteTimeout, _context.Time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        if (!operation.IsCompleted)
        {
            _lane.LeaveOut();
            _context.GiveUpOn(operation, _lane.Slot, _group.Room?.Buffer.Memory.Length ?? 0);
            return new RebuildResult(RebuildOutcome.TargetFailed, $"{_target.Location} did not answer in time.");
        }

        return _lane.Fault is { } fault ? new RebuildResult(RebuildOutcome.TargetFailed, fault.Message) : null;
    }
}
