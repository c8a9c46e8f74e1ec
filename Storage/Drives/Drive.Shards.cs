using System.Runtime.CompilerServices;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>Shards: making, finding, deleting, listing.</summary>
public sealed partial class Drive
{
    private const int PageEntries = 512;

    /// <summary>How often an open looks a shard up again when its file went away under it.</summary>
    private const int FindAttempts = 4;

    internal DriveIndex Index => _index;

    public IShardWriter Create(BlobId blob, int shard, long? lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shard, ushort.MaxValue);
        if (lengthBytes is < 0 or > ShardLayout.MaxShardBytes)
            throw new ArgumentOutOfRangeException(nameof(lengthBytes), lengthBytes, $"A shard has at most {ShardLayout.MaxShardBytes} bytes.");
        ThrowIfNotServing();
        TakeSpace(lengthBytes ?? ShardLayout.BlockSizeBytes);
        return new ShardWriter(this, blob, shard, (int?)lengthBytes);
    }

    public ValueTask<IShardReader?> OpenAsync(BlobId blob, int shard, CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            // What is in memory is answered here; anything that could touch the device goes to the drive's threads.
            if (!_index.TryFindCached(blob, shard, out var entry)) return OpenSlowAsync(blob, shard, ct);
            if (entry is null) return new((IShardReader?)null);
            return TryPinOpen(entry) is { } place ? new(new ShardReader(this, blob, shard, place)) : OpenSlowAsync(blob, shard, ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "looking up a shard");
        }
    }

    public async ValueTask DeleteAsync(BlobId blob, int shard, CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            await _writers.RunAsync(() => _index.Apply([IndexChange.Delete(blob, shard)], null), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "deleting a shard");
        }
    }

    public async IAsyncEnumerable<ShardInfo> EnumerateAsync(BlobId from, [EnumeratorCancellation] CancellationToken ct)
    {
        var (blob, shard) = (from, 0);
        while (true)
        {
            var page = await PageAsync(blob, shard, ct);
            foreach (var row in page) yield return new ShardInfo(row.Blob, row.Shard, row.Entry.LengthBytes, row.Entry.Root);
            if (page.Count < PageEntries) yield break;
            (blob, shard) = (page[^1].Blob, page[^1].Shard + 1);
        }
    }

    /// <summary>Pins the place of an entry if its file is open; null if that would take the device.</summary>
    internal ShardPlace? TryPinOpen(IndexEntry entry)
    {
        if (!entry.IsExtent) return PinLog(entry);
        return _bulk.TryPinOpen(entry.Extent.Segment) is { } pin ? new ShardPlace(entry, pin.File, pin) : null;
    }

    /// <summary>Pins the place of an entry; without a file if that is gone. Blocks.</summary>
    internal ShardPlace Pin(IndexEntry entry)
    {
        if (!entry.IsExtent) return PinLog(entry) ?? new ShardPlace(entry, null, null);
        return _bulk.Pin(entry.Extent.Segment) is { } pin ? new ShardPlace(entry, pin.File, pin) : new ShardPlace(entry, null, null);
    }

    private ShardPlace? PinLog(IndexEntry entry) =>
        _log.Pin(entry.Record.Position.FileNumber) is { } pin ? new ShardPlace(entry, pin.File, pin) : null;

    private async ValueTask<IShardReader?> OpenSlowAsync(BlobId blob, int shard, CancellationToken ct)
    {
        try
        {
            var place = await _readers.RunAsync(() => FindAndPin(blob, shard), ct);
            return place is null ? null : new ShardReader(this, blob, shard, place);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "looking up a shard");
        }
    }

    // Compaction may move a shard between look-up and pin: then the index has a newer place.
    private ShardPlace? FindAndPin(BlobId blob, int shard)
    {
        ShardPlace? place = null;
        for (var attempt = 0; attempt < FindAttempts; attempt++)
        {
            var entry = _index.Find(blob, shard);
            if (entry is null) return null;
            place = Pin(entry);
            if (place.File is not null) return place;
        }
        return place;
    }

    private async Task<List<(BlobId Blob, int Shard, IndexEntry Entry)>> PageAsync(BlobId blob, int shard, CancellationToken ct)
    {
        ThrowIfNotServing();
        try
        {
            return await _readers.RunAsync(() => _index.Page(blob, shard, PageEntries), ct);
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Translate(e, "listing shards");
        }
    }
}
