using System.Buffers;
using System.Collections.Immutable;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Writes one blob with at most two groups of stripes in memory: one is filled while the drives take the other.
/// </summary>
internal sealed class BlobWriter : IBlobWriter
{
    private enum Phase { Filling, Committed, Failed, Disposed }

    private readonly BlobStoreContext _context;
    private readonly BlobId _id;
    private readonly Scheme _scheme;
    private readonly StripeLayout? _known;
    private readonly ReedSolomon _codec;
    private readonly WriteLane[] _lanes;
    private readonly WriteStep _step;
    private readonly int _strideBytes;
    private readonly int _groupStripes;
    private readonly long _capacityBytes;
    private readonly CancellationTokenSource _lifetime = new();

    private StripeGroup? _filling;
    private StripeGroup? _inFlight;
    private Phase _phase = Phase.Filling;
    private long _writtenBytes;
    private int _groupFirstBlock;
    private int _stripe;
    private int _fill;

    /// <param name="first">The buffer of the first group, of at least <see cref="GroupBytes"/>.</param>
    public BlobWriter(
        BlobStoreContext context, BlobId id, Scheme scheme, bool isDegraded, long? lengthBytes, WriteLane[] lanes, IMemoryOwner<byte> first)
    {
        _context = context;
        _id = id;
        _scheme = scheme;
        IsDegraded = isDegraded;
        _capacityBytes = Math.Min(lengthBytes ?? long.MaxValue, BlobGeometry.MaxBlobBytes(scheme));
        _known = lengthBytes is null ? null : new StripeLayout(scheme, _capacityBytes);
        _codec = context.Codecs.For(scheme);
        _lanes = lanes;
        _step = new WriteStep(context, lanes, SchemeSelection.WriteQuorum(scheme));
        (_strideBytes, _groupStripes) = GroupShape(context.Options, scheme, lengthBytes);
        _filling = new StripeGroup(new SharedBuffer(first), scheme, _strideBytes);
        if (_known is { } layout)
            foreach (var lane in lanes)
                lane.ReserveChecksums(layout.StripeCount);
    }

    public bool IsDegraded { get; }

    public long RemainingBytes => _capacityBytes - _writtenBytes;

    public long UnsentBytes => (_groupStripes - _stripe) * BlobGeometry.StripeBytes(_scheme) - _fill;

    /// <summary>Bytes of buffer that one group of a blob takes: little for a small blob.</summary>
    public static int GroupBytes(BlobStoreOptions options, Scheme scheme, long? lengthBytes) =>
        scheme.TotalShards * GroupShape(options, scheme, lengthBytes).StrideBytes;

    public Memory<byte> GetMemory()
    {
        RequireFilling();
        if (RemainingBytes == 0)
            return default;
        var run = _filling!.Run(_stripe, BlockBytes, _fill);
        return run.Length <= RemainingBytes ? run : run[..(int)RemainingBytes];
    }

    public async ValueTask AdvanceAsync(int count, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, GetMemory().Length);
        _writtenBytes += count;
        _fill += count;
        var stripeBytes = (int)BlobGeometry.StripeBytes(_scheme);
        while (_fill >= stripeBytes)
        {
            _fill -= stripeBytes;
            Seal(ShardLayout.BlockSizeBytes);
            _stripe++;
        }

        if (_stripe == _groupStripes)
            await GuardAsync(SendGroupAsync(ct));
    }

    public async ValueTask<BlobLayout> CommitAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        RequireFilling();
        if (_writtenBytes == 0)
            throw new InvalidOperationException("A blob has at least one byte.");
        if (_known is not null && RemainingBytes > 0)
            throw new InvalidOperationException($"{RemainingBytes} bytes of the announced length were not written.");
        await GuardAsync(CommitLanesAsync(tag, ct));
        var layout = CreateLayout();
        _phase = Phase.Committed;
        return layout;
    }

    public async ValueTask DisposeAsync()
    {
        if (_phase == Phase.Disposed)
            return;
        var counts = _phase == Phase.Committed;
        _phase = Phase.Disposed;
        if (!counts)
            await _lifetime.CancelAsync();
        _filling?.Buffer.Release();
        _inFlight?.Buffer.Release();
        _filling = _inFlight = null;

        var closing = Task.WhenAll(_lanes.Select(lane => counts ? lane.CloseAsync() : lane.DiscardAsync(_id)));
        if (closing.IsCompleted)
            _lifetime.Dispose();
        else
            _context.Background.Track(DisposeAfterAsync(closing));
    }

    private int BlockBytes => _known?.BlockBytes(_groupFirstBlock + _stripe) ?? ShardLayout.BlockSizeBytes;

    private static (int StrideBytes, int Stripes) GroupShape(BlobStoreOptions options, Scheme scheme, long? lengthBytes)
    {
        // A bulk shard goes to the disk from here, so its pieces are aligned for direct I/O; a small one is copied into a record.
        const int pageBytes = 4096;
        var shardBytes = lengthBytes is { } length
            ? BlobGeometry.ShardBytes(scheme, Math.Min(length, BlobGeometry.MaxBlobBytes(scheme)))
            : long.MaxValue;
        var stripes = options.GroupStripes(scheme);
        if (shardBytes > stripes * ShardLayout.BlockSizeBytes)
            return (stripes * ShardLayout.BlockSizeBytes, stripes);
        var stride = shardBytes <= ShardLayout.MaxLoggedShardBytes ? shardBytes : (shardBytes + pageBytes - 1) / pageBytes * pageBytes;
        // One stripe more than there is: the group is sent by the commit, together with it.
        return ((int)stride, ShardLayout.BlockCount(shardBytes) + 1);
    }

    private void Seal(int blockBytes) => _filling!.Seal(_codec, _lanes, _id, _stripe, _groupFirstBlock, blockBytes);

    /// <summary>Sends the full group off, and has a free one when it returns.</summary>
    private async ValueTask SendGroupAsync(CancellationToken ct)
    {
        if (_inFlight is not null)
            await _step.WaitAsync(_inFlight.SizeBytes, ct);

        Send(_strideBytes);
        (_inFlight, _filling) = (_filling, _inFlight);
        _groupFirstBlock += _groupStripes;
        _stripe = 0;
        if (RemainingBytes == 0)
            return;

        ReleaseIfPinned(ref _filling);
        _filling ??= TryRentGroup();
        if (_filling is not null)
            return;

        // No room for a second group: go on with the one that the drives have, when they are done. Who waits for room
        // must hold nothing, or all writers could wait for one another.
        await _step.WaitAsync(_inFlight!.SizeBytes, ct);
        (_inFlight, _filling) = (null, _inFlight);
        ReleaseIfPinned(ref _filling);
        _filling ??= NewGroup(await _context.Pool.RentAsync(_scheme.TotalShards * _strideBytes, ct));
    }

    private void Send(int pieceBytes)
    {
        _step.Issued();
        foreach (var lane in _lanes)
        {
            if (lane.IsAlive)
                lane.BeginWrite(_filling!.Buffer, _filling.Piece(lane.Shard, pieceBytes), _groupFirstBlock, _lifetime.Token);
        }
    }

    private static void ReleaseIfPinned(ref StripeGroup? group)
    {
        if (group is null || group.Buffer.IsSoleReference)
            return;
        group.Buffer.Release();
        group = null;
    }

    private StripeGroup? TryRentGroup() =>
        _context.Pool.TryRent(_scheme.TotalShards * _strideBytes) is { } owner ? NewGroup(owner) : null;

    private StripeGroup NewGroup(IMemoryOwner<byte> owner) => new(new SharedBuffer(owner), _scheme, _strideBytes);

    private async ValueTask CommitLanesAsync(ReadOnlyMemory<byte> tag, CancellationToken ct)
    {
        var pieceBytes = _stripe * ShardLayout.BlockSizeBytes + SealLastStripe();
        if (pieceBytes > 0)
            Send(pieceBytes);
        else
            _step.Issued();
        foreach (var lane in _lanes)
        {
            if (lane.IsAlive)
                lane.BeginCommit(tag, _lifetime.Token);
        }

        await _step.WaitAsync((_filling?.SizeBytes ?? 0) + (_inFlight?.SizeBytes ?? 0), ct);
    }

    /// <summary>Returns the length of the last stripe's blocks, 0 if the blob ends with a full one.</summary>
    private int SealLastStripe()
    {
        if (_fill == 0)
            return 0;
        var blockBytes = (_fill + _scheme.DataShards - 1) / _scheme.DataShards;
        if (blockBytes != BlockBytes)
            _filling!.Narrow(_stripe, _fill, blockBytes);
        _filling!.Pad(_stripe, blockBytes, _fill);
        Seal(blockBytes);
        return blockBytes;
    }

    private BlobLayout CreateLayout()
    {
        var written = new StripeLayout(_scheme, _writtenBytes);
        var drives = ImmutableArray.CreateBuilder<DriveId>(_lanes.Length);
        var roots = ImmutableArray.CreateBuilder<ulong>(_lanes.Length);
        var missing = ImmutableArray.CreateBuilder<int>();
        foreach (var lane in _lanes)
        {
            drives.Add(lane.DriveId);
            roots.Add(Root(lane, written));
            if (lane.IsLeftOut || !lane.IsCommitted)
                missing.Add(lane.Shard);
        }

        return new BlobLayout(_id, _scheme, _writtenBytes, drives.MoveToImmutable(), roots.MoveToImmutable(), missing.ToImmutable());
    }

    private ulong Root(WriteLane lane, StripeLayout written) => BlockChecksum.Root(
        _id, lane.Shard, written.ShardBytes, lane.Checksums(written.StripeCount));

    /// <summary>A writer that has failed once takes nothing more: what its lanes hold is no longer the same.</summary>
    private async ValueTask GuardAsync(ValueTask step)
    {
        var succeeded = false;
        try
        {
            await step;
            succeeded = true;
        }
        finally
        {
            if (!succeeded)
                _phase = Phase.Failed;
        }
    }

    private async Task DisposeAfterAsync(Task closing)
    {
        await _lifetime.CancelAsync();
        await closing.WaitAsync(_context.Options.WriteDeadline, _context.Time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var lane in _lanes)
        {
            if (!lane.IsLeftOut)
                _context.GiveUpOn(lane.Operation, lane.Slot, _scheme.TotalShards * _strideBytes);
        }

        await closing;
        _lifetime.Dispose();
    }

    private void RequireFilling()
    {
        ObjectDisposedException.ThrowIf(_phase == Phase.Disposed, this);
        if (_phase != Phase.Filling)
            throw new InvalidOperationException($"The blob is {(_phase == Phase.Committed ? "committed" : "given up")}.");
    }
}
