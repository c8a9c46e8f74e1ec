using System.Buffers;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>Brings what the index lacks from the log into it, when a drive is opened.</summary>
internal sealed class IndexReplay(DriveIndex index, BulkStore bulk) : ILogReplayHandler
{
    private const int BatchRecords = 1024;
    private readonly List<IndexChange> _changes = [];
    private LogMark _mark;

    public List<LogDamage> Damages { get; } = [];

    public long Records { get; private set; }

    public void OnRecord(in LogRecord record)
    {
        Records++;
        _mark = record.Entry.After;
        if (record.State == LogRecordState.Valid) Take(record);
        if (_changes.Count >= BatchRecords) Apply();
    }

    public void OnDamage(LogDamage damage) => Damages.Add(damage);

    public void Apply()
    {
        if (_mark.Lsn > index.Position.Lsn) index.Apply(_changes, _mark);
        _changes.Clear();
    }

    private void Take(in LogRecord record)
    {
        if (!ShardRecord.TryRead(record.Payload, out var shard)) return;
        var expected = shard.SizeBytes + (record.Entry.Kind == RecordKind.LoggedShard ? shard.LengthBytes : 0);
        if (record.Payload.Length != expected || shard.Extent.IsNone != (record.Entry.Kind == RecordKind.LoggedShard)) return;
        if (!shard.Extent.IsNone && !IsThere(shard.Extent)) return;
        _changes.Add(IndexChange.Commit(shard.Blob, shard.Shard, IndexEntry.Of(record.Entry, shard)));
    }

    // The commit record outlives its extent when the shard was deleted and the index, which knew that, is gone: the
    // segment is then unlinked, or the footer punched. Damage is another thing: it is no reason to forget a shard.
    private bool IsThere(in ExtentAddress extent)
    {
        var footer = ArrayPool<byte>.Shared.Rent(BulkFormat.FooterBytes);
        try
        {
            using var pin = bulk.Pin(extent.Segment);
            if (pin is null) return false;
            if (bulk.ReadHeader(extent.Segment) is { } header && header.Nonce != extent.Nonce) return false;
            var bytes = footer.AsSpan(0, BulkFormat.FooterBytes);
            bytes.Clear();
            pin.File.Read(extent.Offset + extent.ReservedBytes - bytes.Length, bytes);
            return bytes.ContainsAnyExcept((byte)0);
        }
        catch (FileSystemException e) when (e.Fault == FileFault.Io)
        {
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(footer);
        }
    }
}
