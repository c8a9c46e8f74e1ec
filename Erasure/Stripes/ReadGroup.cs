using ObjectStore.Erasure.Codec;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>Some stripes on their way from the drives to a reader, with the buffers that they are in.</summary>
internal sealed class ReadGroup(StripeLayout layout)
{
    private readonly ShardRun?[] _wanted = new ShardRun?[layout.Scheme.TotalShards];
    private ShardRun?[]? _extra;

    /// <summary>Holds what the caller asked for. Kept from group to group as long as no late read pins it.</summary>
    public SharedBuffer? Buffer { get; set; }

    /// <summary>Only while something is rebuilt: a place for each of the k+m shards, see <see cref="RoomOf"/>.</summary>
    public RecoveryRoom? Room { get; set; }

    public int FirstStripe { get; private set; }

    public int StripeCount { get; private set; }

    /// <summary>Bytes of every shard in these stripes.</summary>
    public int PieceBytes { get; private set; }

    /// <summary>Shards whose blocks the caller asked for.</summary>
    public ShardSet Wanted { get; set; }

    /// <summary>Shards whose whole piece was computed from others.</summary>
    public ShardSet Rebuilt { get; set; }

    public long IssuedAt { get; private set; }

    public void Begin(int firstStripe, int stripeCount, long now)
    {
        (FirstStripe, StripeCount, IssuedAt) = (firstStripe, stripeCount, now);
        PieceBytes = layout.PieceBytes(firstStripe, stripeCount);
        Wanted = Rebuilt = ShardSet.Empty;
        Array.Clear(_wanted);
        if (_extra is not null)
            Array.Clear(_extra);
    }

    public ShardRun? WantedRun(int shard) => _wanted[shard];

    /// <summary>A read of the whole piece for the sake of rebuilding others.</summary>
    public ShardRun? ExtraRun(int shard) => _extra?[shard];

    public void SetWantedRun(ShardRun run) => _wanted[run.Source.Shard] = run;

    public void SetExtraRun(ShardRun run) => (_extra ??= new ShardRun?[layout.Scheme.TotalShards])[run.Source.Shard] = run;

    /// <summary>All runs of the group, ended or not.</summary>
    public IEnumerable<ShardRun> Runs() => _wanted.Concat(_extra ?? []).OfType<ShardRun>();

    public int CountEnded() => Runs().Count(run => !run.IsPending);

    public Memory<byte> RoomOf(int shard) => Room!.Of(shard)[..PieceBytes];

    /// <summary>What the caller asked of the shard is there.</summary>
    public bool IsResolved(int shard) => _wanted[shard] is { IsOk: true } || IsWhole(shard);

    /// <summary>The shard's whole piece is there, so that others can be rebuilt from it.</summary>
    public bool IsWhole(int shard) =>
        Rebuilt.Contains(shard) || _extra?[shard] is { IsOk: true } || (_wanted[shard] is { IsOk: true } run && Covers(run));

    /// <summary>A read of the shard's whole piece runs and is expected to end well.</summary>
    public bool IsWholeOnItsWay(int shard) =>
        (_extra?[shard] is { IsPending: true } extra && IsTimely(extra)) ||
        (_wanted[shard] is { IsPending: true } run && IsTimely(run) && Covers(run));

    public bool IsPending(int shard) => _wanted[shard] is { IsPending: true } || _extra?[shard] is { IsPending: true };

    public bool IsTimelyPending(int shard) => _wanted[shard] is { IsPending: true } run && IsTimely(run);

    public Memory<byte> Piece(int shard)
    {
        if (_wanted[shard] is { IsOk: true } run && Covers(run))
            return run.Memory;
        return _extra?[shard] is { IsOk: true } extra ? extra.Memory : RoomOf(shard);
    }

    /// <summary>Verified bytes of one block.</summary>
    public ReadOnlySpan<byte> Block(int shard, int stripe)
    {
        var length = layout.BlockBytes(stripe);
        if (_wanted[shard] is { IsOk: true } run)
            return run.Memory.Span.Slice((stripe - run.FirstBlock) * ShardLayout.BlockSizeBytes, length);
        return Piece(shard).Span.Slice((stripe - FirstStripe) * ShardLayout.BlockSizeBytes, length);
    }

    /// <summary>Lets go of all but a buffer that can be used again.</summary>
    public void Recycle()
    {
        Room?.Release();
        Room = null;
        if (Buffer is { IsSoleReference: false })
            ReleaseBuffer();
    }

    public void ReleaseBuffer()
    {
        Buffer?.Release();
        Buffer = null;
    }

    private static bool IsTimely(ShardRun run) => !run.IsRaced && !run.IsLate;

    private bool Covers(ShardRun run) => run.FirstBlock == FirstStripe && run.Count == StripeCount;
}
