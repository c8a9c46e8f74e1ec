using System.Collections.Concurrent;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Reclaim;

/// <summary>
/// Gives space back. The order that keeps it safe: what was deleted is freed only after an index flush that covers the
/// delete, so that no index, however old, that a crash leaves behind names bytes that are gone while a newer one does not.
/// Runs on one thread of the drive and blocks.
/// </summary>
internal sealed class Reclaimer(DriveId drive, DriveIndex index, BulkStore bulk, DurableLog log, DriveOptions options)
{
    /// <summary>Shorter records are not punched: the whole pages in them are not worth a call.</summary>
    private const int MinFreedPayloadBytes = 16 * 1024;

    private readonly ConcurrentQueue<DroppedEntry> _dropped = Attach(index);
    private readonly ConcurrentQueue<BulkExtent> _abandoned = new();
    private readonly Queue<DroppedEntry> _waiting = new();
    private readonly CopyForward _copier = new(drive, index, bulk, log, options);
    private readonly SegmentSweep _sweep = new(drive, index, bulk, log);

    /// <summary>An extent whose writer gave up. From any thread.</summary>
    public void Abandon(BulkExtent extent) => _abandoned.Enqueue(extent);

    /// <summary>Segments of a run that did not end well: look for extents that nobody owns.</summary>
    public void SweepLater(IEnumerable<long> segments, bool salvage) => _sweep.Add(segments, salvage);

    /// <returns>Whether there was anything to do.</returns>
    public bool RunOnce(long budgetBytes)
    {
        var worked = FreeAbandoned();
        worked |= FlushAndFree();
        worked |= _copier.RunOnce(budgetBytes);
        worked |= _sweep.RunOnce();
        return worked;
    }

    /// <summary>Frees what the flushed index allows. False if something is left for later.</summary>
    public bool FreeFlushed()
    {
        FreeAbandoned();
        while (_dropped.TryDequeue(out var dropped)) _waiting.Enqueue(dropped);
        for (var count = _waiting.Count; count > 0; count--)
        {
            var dropped = _waiting.Dequeue();
            if (dropped.Batch > index.FlushedBatch || !TryFree(dropped)) _waiting.Enqueue(dropped);
        }
        return _waiting.Count == 0 && !_sweep.IsPending;
    }

    private static ConcurrentQueue<DroppedEntry> Attach(DriveIndex index)
    {
        var queue = new ConcurrentQueue<DroppedEntry>();
        index.Dropped = queue.Enqueue;
        return queue;
    }

    private bool FreeAbandoned()
    {
        var any = false;
        while (_abandoned.TryDequeue(out var extent))
        {
            any = true;
            Punch(extent.Address);
            bulk.Release(extent);
        }
        return any;
    }

    private bool FlushAndFree()
    {
        var empty = EmptyFiles();
        if (_dropped.IsEmpty && _waiting.Count == 0 && empty.Count == 0) return false;

        index.Flush();
        FreeFlushed();
        foreach (var file in empty) Unlink(file);
        return true;
    }

    // Chosen before the flush, so that the flush covers what emptied them. Sealed files never gain records.
    private List<FileKey> EmptyFiles()
    {
        var applied = index.Position.Lsn;
        var usage = index.AllUsage();
        var empty = new List<FileKey>();
        foreach (var file in log.Files)
        {
            var key = new FileKey(FileKind.Log, file.Number);
            if (file.IsSealed && file.LastLsn <= applied && !usage.ContainsKey(key)) empty.Add(key);
        }
        foreach (var number in bulk.SealedNumbers)
        {
            var key = new FileKey(FileKind.Bulk, number);
            if (!usage.ContainsKey(key) && !_sweep.Awaits(number)) empty.Add(key);
        }
        return empty;
    }

    private void Unlink(FileKey file)
    {
        if (index.Usage(file).Records > 0) return;
        if (file.Kind == FileKind.Log) log.DeleteFile(file.Number);
        else bulk.TryDelete(file.Number);
    }

    private bool TryFree(in DroppedEntry dropped)
    {
        if (dropped.FreesExtent) Punch(dropped.Entry.Extent);
        return dropped.Entry.IsExtent || dropped.Entry.Record.PayloadBytes < MinFreedPayloadBytes || log.TryFree(dropped.Entry.Record);
    }

    // Never the header: by it a walk over the segment finds the next extent.
    private void Punch(in ExtentAddress extent) =>
        bulk.Punch(extent, extent.Offset + BulkFormat.ExtentHeaderBytes, extent.ReservedBytes - BulkFormat.ExtentHeaderBytes);
}
