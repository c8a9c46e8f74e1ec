using System.Collections.Concurrent;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Reclaim;

/// <summary>
/// After a run that did not end well: walks its segments from header to header and frees extents that no entry of the
/// index names (uploads that were cut off, holes that were not punched any more). When the log was damaged, an extent
/// with a valid footer is taken back into the log instead: its commit record may be what was lost. At worst it is an
/// orphan, which the collector removes.
/// </summary>
internal sealed class SegmentSweep(DriveId drive, DriveIndex index, BulkStore bulk, DurableLog log)
{
    private const int ScanBytes = 1 << 20;
    private readonly ConcurrentDictionary<long, byte> _segments = new();
    private bool _salvage;

    public bool IsPending => !_segments.IsEmpty;

    /// <summary>Whether this segment is still to be walked, and so must not be unlinked.</summary>
    public bool Awaits(long segment) => _segments.ContainsKey(segment);

    public void Add(IEnumerable<long> segments, bool salvage)
    {
        _salvage |= salvage;
        foreach (var segment in segments) _segments[segment] = 0;
    }

    /// <returns>Whether there was anything to do.</returns>
    public bool RunOnce()
    {
        if (_segments.IsEmpty) return false;
        var live = LiveExtents();
        // What was deleted before the scan is covered by this flush, so that what the scan does not name may be freed.
        index.Flush();
        foreach (var number in _segments.Keys.Order())
        {
            if (bulk.ReadHeader(number) is { } header) Walk(number, header.Nonce, header.SizeBytes, live[number]);
            _segments.TryRemove(number, out _);
        }
        return true;
    }

    private Dictionary<long, SortedList<long, IndexEntry>> LiveExtents()
    {
        var live = _segments.Keys.ToDictionary(n => n, _ => new SortedList<long, IndexEntry>());
        foreach (var (_, _, entry) in index.Scan())
            if (entry.IsExtent && live.TryGetValue(entry.Extent.Segment, out var extents)) extents[entry.Extent.Offset] = entry;
        return live;
    }

    private void Walk(long number, Guid nonce, long sizeBytes, SortedList<long, IndexEntry> live)
    {
        using var pin = bulk.Pin(number);
        if (pin is null) return;
        var page = new byte[BulkFormat.PageBytes];
        for (var offset = (long)BulkFormat.SegmentHeaderBytes; offset < sizeBytes;)
        {
            if (live.TryGetValue(offset, out var entry))
            {
                PunchRest(entry);
                offset += entry.Extent.ReservedBytes;
            }
            else if (pin.File.Read(offset, page) == page.Length
                && BulkFormat.TryReadExtentHeader(page, drive, nonce, offset, out var reservedBytes, out _, out _)
                && offset + reservedBytes <= sizeBytes)
            {
                var extent = new ExtentAddress(number, nonce, offset, reservedBytes);
                if (!_salvage || !TakeBack(pin, extent))
                    bulk.Punch(extent, offset + BulkFormat.ExtentHeaderBytes, reservedBytes - BulkFormat.ExtentHeaderBytes);
                offset += reservedBytes;
            }
            else
            {
                var next = NextExtent(pin, nonce, offset + BulkFormat.PageBytes, sizeBytes, live);
                bulk.Punch(new ExtentAddress(number, nonce, offset, next - offset), offset, next - offset);
                offset = next;
            }
        }
    }

    private void PunchRest(IndexEntry entry)
    {
        var end = entry.DataOffset + BulkFormat.AlignUp(entry.LengthBytes);
        var footer = entry.Extent.Offset + entry.Extent.ReservedBytes - BulkFormat.FooterBytes;
        if (end < footer) bulk.Punch(entry.Extent, end, footer - end);
    }

    private bool TakeBack(BulkPin pin, in ExtentAddress extent)
    {
        var footer = new byte[BulkFormat.FooterBytes];
        if (pin.File.Read(extent.Offset + extent.ReservedBytes - footer.Length, footer) < footer.Length) return false;
        if (!BulkFormat.TryReadFooter(footer, extent.Nonce, extent.Offset, out var shard) || shard.Extent != extent) return false;
        // A place that is known counts more than one that is found.
        if (index.Find(shard.Blob, shard.Shard) is not null) return false;
        var payload = new byte[shard.SizeBytes];
        shard.WriteTo(payload);
        log.AppendAsync(RecordKind.Extent, payload, new PendingCommit(shard, null), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return true;
    }

    // Behind a header that was never written, or is damaged, the next one is searched page by page. Its seal carries the
    // segment's nonce, which no client knows, so that nothing inside a shard passes for one.
    private long NextExtent(BulkPin pin, Guid nonce, long offset, long sizeBytes, SortedList<long, IndexEntry> live)
    {
        var limit = live.Keys.FirstOrDefault(k => k >= offset, sizeBytes);
        var buffer = new byte[ScanBytes];
        while (offset < limit)
        {
            var read = pin.File.Read(offset, buffer.AsSpan(0, (int)Math.Min(ScanBytes, limit - offset)));
            for (var at = 0; at + BulkFormat.PageBytes <= read; at += BulkFormat.PageBytes)
            {
                var page = buffer.AsSpan(at, BulkFormat.PageBytes);
                if (BulkFormat.TryReadExtentHeader(page, drive, nonce, offset + at, out _, out _, out _)) return offset + at;
            }
            if (read == 0) break;
            offset += read;
        }
        return limit;
    }
}
