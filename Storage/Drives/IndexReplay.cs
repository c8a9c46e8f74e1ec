using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.IO;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Drives;

/// <summary>Brings what the index lacks from the log into it, when a drive is opened.</summary>
internal sealed class IndexReplay(DriveIndex index, BulkStore bulk) : ILogReplayHandler
{
    private const int BatchRecords = 1024;
    private const int SectorBytes = 512;
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

    /// <summary>Records of logged shards whose payload does not verify.</summary>
    public int BadShards { get; private set; }

    // A power loss may leave a hole half punched, which looks like damage of the payload. Only logged shards of some size
    // are punched, and then nothing is lost; if it is real damage, readers of that shard meet it. Either way it is no
    // sign that anything else of the log is missing.
    public void OnDamage(LogDamage damage)
    {
        if (damage.Kind == LogDamageKind.Payload && damage.EndOffset - damage.Position.Offset > ShardRecord.MaxSizeBytes + LogLimits.RecordHeaderBytes) BadShards++;
        else Damages.Add(damage);
    }

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
        if (!shard.Extent.IsNone && !IsThere(shard)) return;
        _changes.Add(IndexChange.Commit(shard.Blob, shard.Shard, IndexEntry.Of(record.Entry, shard)));
    }

    // The commit record outlives its extent when the shard was deleted and the index, which knew that, is gone: the
    // segment is then unlinked, or the footer punched. Damage is another thing: it is no reason to forget a shard.
    private bool IsThere(in ShardRecord shard)
    {
        var extent = shard.Extent;
        try
        {
            using var pin = bulk.Pin(extent.Segment);
            if (pin is null) return false;
            if (bulk.ReadHeader(extent.Segment) is { } header && header.Nonce != extent.Nonce) return false;
            var footer = new byte[BulkFormat.FooterBytes];
            pin.File.Read(extent.Offset + extent.ReservedBytes - footer.Length, footer);
            if (BulkFormat.TryReadFooter(footer, extent.Nonce, extent.Offset, out _)) return true;
            return footer.ContainsAnyExcept((byte)0) && !IsHalfPunched(pin.File, shard);
        }
        catch (FileSystemException e) when (e.Fault == FileFault.Io)
        {
            return true;
        }
    }

    // A power loss may leave a hole half punched. What tells it from damage: besides the footer, a block does not verify,
    // and there are sectors of zeros in it.
    private static bool IsHalfPunched(IFile file, in ShardRecord shard)
    {
        var buffer = new byte[ShardLayout.BlockSizeBytes];
        for (var block = 0; block < shard.Checksums.Length; block++)
        {
            var bytes = buffer.AsSpan(0, ShardLayout.BlockLength(shard.LengthBytes, block));
            file.Read(shard.Extent.Offset + BulkFormat.ExtentHeaderBytes + (long)block * ShardLayout.BlockSizeBytes, bytes);
            if (BlockChecksum.Compute(shard.Blob, shard.Shard, block, bytes) == shard.Checksums.Span[block]) continue;
            for (var sector = 0; sector + SectorBytes <= bytes.Length; sector += SectorBytes)
                if (!bytes.Slice(sector, SectorBytes).ContainsAnyExcept((byte)0)) return true;
        }
        return false;
    }
}
