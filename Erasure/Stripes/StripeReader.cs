using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Gets blocks of chosen shards of one blob, from their drives where these answer well and in time, else computed
/// from other shards. One caller at a time; groups may overlap.
/// </summary>
internal sealed partial class StripeReader
{
    private readonly BlobStoreContext _context;
    private readonly BlobLayout _blob;
    private readonly ShardSource[] _sources;

    public StripeReader(BlobStoreContext context, BlobLayout blob)
    {
        _context = context;
        _blob = blob;
        Layout = new StripeLayout(blob.Scheme, blob.LengthBytes);
        _sources = new ShardSource[blob.Scheme.TotalShards];
        for (var shard = 0; shard < _sources.Length; shard++)
            _sources[shard] = new ShardSource(context, blob, shard, context.Drives.FindSlot(blob.Drives[shard]));
    }

    public StripeLayout Layout { get; }

    public ShardSource Source(int shard) => _sources[shard];

    /// <summary>Asks for blocks of a shard as a part of <paramref name="group"/>; its <see cref="ReadGroup.Buffer"/> takes them.</summary>
    /// <param name="memory">Part of the group's buffer.</param>
    public void Want(ReadGroup group, int shard, int firstBlock, int count, Memory<byte> memory, CancellationToken ct)
    {
        group.Wanted = group.Wanted.With(shard);
        var source = _sources[shard];
        source.Assess();
        if (!source.IsFailed && !source.IsAvoided)
            group.SetWantedRun(ShardRun.Start(_context, source, firstBlock, count, group.Buffer!, memory, ct));
    }

    /// <summary>Asks for a shard that nobody has: it will be computed from others.</summary>
    public void WantRebuilt(ReadGroup group, int shard)
    {
        _sources[shard].Exclude();
        group.Wanted = group.Wanted.With(shard);
    }

    /// <summary>After all wants: where it is known already that something must be rebuilt, begins to read what that takes.</summary>
    public void Prepare(ReadGroup group, CancellationToken ct)
    {
        if (NeedsRebuild(group, Unresolved(group)).IsEmpty)
            return;
        group.Room ??= RecoveryRoom.TryRent(_context, _sources.Length, group.PieceBytes);
        if (group.Room is not null)
            StartExtraReads(group, ct);
    }

    /// <summary>Returns when everything wanted is in the group.</summary>
    /// <exception cref="BlobStoreException">More shards than the parity makes up for cannot be read.</exception>
    public async ValueTask CompleteAsync(ReadGroup group, CancellationToken ct)
    {
        foreach (var shard in group.Wanted)
        {
            if (group.WantedRun(shard) is { } run)
                await run.WaitAsync(run.HedgeDelay, ct);
        }

        ct.ThrowIfCancellationRequested();
        if (!Unresolved(group).IsEmpty)
            await RecoverAsync(group, ct);
    }

    public void Release()
    {
        foreach (var source in _sources)
            source.Release();
    }

    private static ShardSet Unresolved(ReadGroup group)
    {
        var open = ShardSet.Empty;
        foreach (var shard in group.Wanted)
            if (!group.IsResolved(shard))
                open = open.With(shard);
        return open;
    }

    /// <summary>Those for which it is not enough to wait for a read that goes well.</summary>
    private static ShardSet NeedsRebuild(ReadGroup group, ShardSet unresolved)
    {
        var rebuild = ShardSet.Empty;
        foreach (var shard in unresolved)
            // It may have ended well since it was found unresolved.
            if (!group.IsTimelyPending(shard) && !group.IsResolved(shard))
                rebuild = rebuild.With(shard);
        return rebuild;
    }
}
