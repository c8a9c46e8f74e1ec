using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>One shard as a place to read from, for the length of one call: opened once, when it is first needed.</summary>
internal sealed class ShardSource(BlobStoreContext context, BlobLayout blob, int shard, DriveSlot? slot)
{
    private readonly Lock _gate = new();
    private Task<IShardReader?>? _opening;
    private List<IShardReader>? _retired;
    private int _references = 1;
    private bool _isReported;

    public int Shard => shard;

    public DriveSlot? Slot => slot;

    /// <summary>Cannot give anything in this call.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>Slow or stuck: asked only when there is nobody else.</summary>
    public bool IsAvoided { get; private set; }

    /// <summary>Looks whether the drive is worth asking, which costs no I/O.</summary>
    public void Assess()
    {
        if (IsFailed)
            return;
        if (slot is null || slot.Drive.Health.State != DriveState.Online)
            Fail(ShardDefect.Unreachable);
        else if (slot.StuckOperations > 0)
            IsAvoided = true;
    }

    public void Avoid() => IsAvoided = true;

    public void Fail(ShardDefect defect)
    {
        IsFailed = true;
        Report(defect);
    }

    /// <summary>Not to be read in this call, and nothing is wrong with it: it is the one to be rebuilt.</summary>
    public void Exclude() => IsFailed = true;

    /// <summary>Once a call. A shard that was missing from the start stands in the ledger already.</summary>
    public void Report(ShardDefect defect)
    {
        if (_isReported || (defect == ShardDefect.Absent && blob.Missing.Contains(shard)))
            return;
        _isReported = true;
        context.Findings.Report(blob, shard, defect);
    }

    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>Closes the reader when the call and every read of it have let go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
            return;
        _retired?.ForEach(reader => reader.Dispose());
        if (_opening is { IsCompletedSuccessfully: true, Result: { } current })
            current.Dispose();
    }

    /// <summary>
    /// Reads blocks into <paramref name="destination"/>. A shard that has gone since it was opened is looked up once
    /// more: the drive may have moved it.
    /// </summary>
    public async ValueTask<ShardOutcome> ReadAsync(int firstBlock, BlockBuffers destination, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            var reader = await OpenAsync(ct);
            if (reader is null)
                return ShardOutcome.Absent;
            if (!IsTheShard(reader.Info))
                return ShardOutcome.Corrupt;
            var result = await reader.ReadAsync(firstBlock, destination, ct);
            if (result.Status == ShardReadStatus.Ok)
                return ShardOutcome.Ok;
            if (result.Status == ShardReadStatus.Gone && attempt == 0)
            {
                Retire(reader);
                continue;
            }

            return result.Status switch
            {
                ShardReadStatus.Gone => ShardOutcome.Absent,
                ShardReadStatus.Corrupt => ShardOutcome.Corrupt,
                _ => ShardOutcome.Unreachable,
            };
        }
    }

    /// <summary>The block table behind the drive's checksums is the one that the blob's row vouches for.</summary>
    private bool IsTheShard(ShardInfo info) =>
        info.LengthBytes == BlobGeometry.ShardBytes(blob.Scheme, blob.LengthBytes) && info.Root == blob.Roots[shard];

    private Task<IShardReader?> OpenAsync(CancellationToken ct)
    {
        lock (_gate)
            return _opening ??= slot!.Drive.OpenAsync(blob.Id, shard, ct).AsTask();
    }

    private void Retire(IShardReader reader)
    {
        lock (_gate)
        {
            if (_opening is not { IsCompletedSuccessfully: true } opened || opened.Result != reader)
                return;
            (_retired ??= []).Add(reader);
            _opening = null;
        }
    }
}
