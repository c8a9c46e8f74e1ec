using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Sets;
using ObjectStore.Storage;

namespace ObjectStore.Erasure.Stripes;

public sealed partial class BlobStore
{
    /// <summary>Drives may go between counting and picking them; more often than this in one call is not chance.</summary>
    private const int MaxPlacementAttempts = 3;

    public async ValueTask<IBlobWriter> CreateAsync(BlobId id, Scheme wish, long? lengthBytes, CancellationToken ct)
    {
        if (!wish.IsValid)
            throw new ArgumentException($"{wish} is no scheme.", nameof(wish));
        if (lengthBytes is { } length)
            ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(lengthBytes));
        if (_context.QuarantinedBytes > _context.Options.MaxQuarantinedBytes)
            throw new BlobStoreException(BlobStoreFault.TooFewDrives, "Drives hang, and hold too many buffers.");

        for (var attempt = 0; attempt < MaxPlacementAttempts; attempt++)
        {
            var scheme = SelectScheme(wish, lengthBytes);
            var buffer = await _context.Pool.RentAsync(BlobWriter.GroupBytes(_context.Options, scheme, lengthBytes), ct);
            var keepsBuffer = false;
            try
            {
                if (OpenLanes(id, scheme, lengthBytes) is not { } lanes)
                    continue;
                keepsBuffer = true;
                return new BlobWriter(_context, id, scheme, scheme != wish, lengthBytes, lanes, buffer);
            }
            finally
            {
                if (!keepsBuffer)
                    buffer.Dispose();
            }
        }

        throw new BlobStoreException(BlobStoreFault.TooFewDrives, $"Too few drives stay usable, or have room, for {wish}.");
    }

    /// <summary>
    /// Narrows the wish to the drives with room. Where it is room that lacks and not drives, redundancy is not given up
    /// for it: writing fails, so that an operator sees a full store and not a thinner one.
    /// </summary>
    private Scheme SelectScheme(Scheme wish, long? lengthBytes)
    {
        var usable = _context.Drives.UsableCount;
        if (usable == 0)
            throw new BlobStoreException(BlobStoreFault.TooFewDrives, "No drive is usable.");
        var roomy = _context.Drives.CountUsable(RoomPerShard(wish, lengthBytes));
        if (roomy < usable && roomy <= wish.ParityShards)
            throw new BlobStoreException(BlobStoreFault.NoSpace, $"{roomy} of {usable} drives have room, too few for {wish}.");
        return SchemeSelection.Narrow(wish, roomy);
    }

    private long RoomPerShard(Scheme scheme, long? lengthBytes) =>
        ShardBytes(scheme, lengthBytes) ?? _context.Options.GroupStripes(scheme) * ShardLayout.BlockSizeBytes;

    private static long? ShardBytes(Scheme scheme, long? lengthBytes) => lengthBytes is { } length
        ? BlobGeometry.ShardBytes(scheme, Math.Min(length, BlobGeometry.MaxBlobBytes(scheme)))
        : null;

    /// <summary>Begins a shard on each of k+m drives. Null if there are too few.</summary>
    private WriteLane[]? OpenLanes(BlobId id, Scheme scheme, long? lengthBytes)
    {
        var room = RoomPerShard(scheme, lengthBytes);
        var tried = new DriveSlot[scheme.TotalShards];
        if (_context.Drives.Pick(tried, room) < tried.Length)
            return null;

        var lanes = new WriteLane[scheme.TotalShards];
        var refusals = 0;
        for (var shard = 0; shard < lanes.Length; shard++)
        {
            var slot = tried[shard];
            while (true)
            {
                lanes[shard] = OpenLane(id, shard, slot, ShardBytes(scheme, lengthBytes));
                if (lanes[shard].IsAlive || PickOther(ref tried, room) is not { } other)
                    break;
                slot = other;
            }

            refusals += lanes[shard].IsAlive ? 0 : 1;
        }

        if (lanes.Length - refusals >= SchemeSelection.WriteQuorum(scheme))
            return lanes;

        foreach (var lane in lanes)
            _context.Background.Track(lane.CloseAsync());
        var first = lanes.First(lane => !lane.IsAlive).Fault!;
        var fault = first is DriveException { Fault: DriveFault.NoSpace } ? BlobStoreFault.NoSpace : BlobStoreFault.TooFewDrives;
        throw new BlobStoreException(fault, $"{refusals} of {lanes.Length} drives refuse a new shard. {first.Message}", first);
    }

    private DriveSlot? PickOther(ref DriveSlot[] tried, long room)
    {
        var other = new DriveSlot[1];
        if (_context.Drives.Pick(other, room, tried) == 0)
            return null;
        tried = [.. tried, other[0]];
        return other[0];
    }

    private WriteLane OpenLane(BlobId id, int shard, DriveSlot slot, long? shardBytes)
    {
        try
        {
            return new WriteLane(shard, slot, slot.Drive.Create(id, shard, shardBytes), refusal: null, _context.Time);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            return new WriteLane(shard, slot, writer: null, fault, _context.Time);
        }
    }
}
