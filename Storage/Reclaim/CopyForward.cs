using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.Bulk;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.Index;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Reclaim;

/// <summary>
/// Compaction: what lives in sparse files is appended anew, and the index moved to the copies; the files are then empty
/// and unlinked by a later turn. Only bytes that verify are copied; a file with damage in it stays until repair has
/// replaced what is damaged.
/// </summary>
internal sealed class CopyForward(DriveId drive, DriveIndex index, BulkStore bulk, DurableLog log, DriveOptions options)
{
    private const int ChunkBytes = 16 * ShardLayout.BlockSizeBytes;

    /// <summary>Files that a turn could not empty, with what lived in them then: looked at again when that has changed.</summary>
    private readonly Dictionary<FileKey, FileUsage> _stuck = [];

    /// <returns>Whether anything was copied.</returns>
    public bool RunOnce(long budgetBytes)
    {
        var sparse = SparseFiles(budgetBytes);
        if (sparse.Count == 0) return false;

        using var buffers = new AlignedBufferPool(4 * ChunkBytes);
        var copied = false;
        foreach (var (blob, shard, entry) in index.Scan())
        {
            if (entry.IsExtent && sparse.Contains(new FileKey(FileKind.Bulk, entry.Extent.Segment))) copied |= CopyExtent(blob, shard, entry, buffers);
            else if (sparse.Contains(new FileKey(FileKind.Log, entry.Record.Position.FileNumber))) copied |= CopyRecord(entry, buffers);
        }
        foreach (var file in sparse)
            if (index.Usage(file) is { Records: > 0 } rest) _stuck[file] = rest;
            else _stuck.Remove(file);
        return copied;
    }

    // The emptiest first, as many as the budget allows, but at least one.
    private HashSet<FileKey> SparseFiles(long budgetBytes)
    {
        var usage = index.AllUsage();
        var candidates = new List<(FileKey File, FileUsage Usage, double Share)>();
        foreach (var file in log.Files)
            if (file.IsSealed) Consider(new FileKey(FileKind.Log, file.Number), file.LengthBytes, options.LogSparseBelow);
        foreach (var number in bulk.SealedNumbers)
            if (bulk.ReadHeader(number) is { } header) Consider(new FileKey(FileKind.Bulk, number), header.SizeBytes, options.BulkSparseBelow);

        var chosen = new HashSet<FileKey>();
        long bytes = 0;
        foreach (var (file, live, _) in candidates.OrderBy(c => c.Share))
        {
            bytes += live.Bytes;
            if (chosen.Count > 0 && bytes > budgetBytes) break;
            chosen.Add(file);
        }
        return chosen;

        void Consider(FileKey file, long sizeBytes, double below)
        {
            if (!usage.TryGetValue(file, out var live) || live.Bytes > sizeBytes * below) return;
            if (_stuck.TryGetValue(file, out var stuck) && stuck == live) return;
            candidates.Add((file, live, (double)live.Bytes / sizeBytes));
        }
    }

    private bool CopyRecord(IndexEntry entry, AlignedBufferPool buffers)
    {
        using var buffer = buffers.TryRent(entry.Record.PayloadBytes);
        if (buffer is null) return false;
        var payload = buffer.Memory[..entry.Record.PayloadBytes];
        if (!log.TryRead(entry.Record, payload.Span) || !ShardRecord.TryRead(payload.Span, out var shard)) return false;
        if (!entry.IsExtent && !Verifies(shard, payload.Span[shard.SizeBytes..])) return false;
        Append(entry.Record.Kind, payload, new PendingCommit(shard, entry));
        return true;
    }

    private bool CopyExtent(BlobId blob, int shardNumber, IndexEntry entry, AlignedBufferPool buffers)
    {
        // The tag stands in the commit record.
        var payload = new byte[entry.Record.PayloadBytes];
        if (!log.TryRead(entry.Record, payload) || !ShardRecord.TryRead(payload, out var shard)) return false;
        using var from = bulk.Pin(entry.Extent.Segment);
        if (from is null) return false;

        var extent = bulk.Reserve(BulkFormat.ReservedBytes(entry.LengthBytes));
        try
        {
            using var writer = new ExtentWriter(drive, blob, shardNumber, extent, buffers.TryRent(ExtentWriter.ScratchBytes)!);
            using var chunk = buffers.TryRent(ChunkBytes)!;
            for (var offset = 0; offset < entry.LengthBytes; offset += ChunkBytes)
            {
                var bytes = chunk.Memory[..Math.Min(ChunkBytes, entry.LengthBytes - offset)];
                if (from.File.Read(entry.DataOffset + offset, bytes.Span) < bytes.Length) return false;
                if (!Verifies(shard, bytes.Span, offset / ShardLayout.BlockSizeBytes)) return false;
                writer.Write(bytes);
            }
            var moved = shard with { Extent = extent.Address };
            writer.Finish(moved);
            var record = new byte[moved.SizeBytes];
            moved.WriteTo(record);
            Append(RecordKind.Extent, record, new PendingCommit(moved, entry));
            return true;
        }
        finally
        {
            bulk.Release(extent);
        }
    }

    private static bool Verifies(in ShardRecord shard, ReadOnlySpan<byte> bytes, int firstBlock = 0)
    {
        for (var block = firstBlock; bytes.Length > 0; block++)
        {
            var length = Math.Min(bytes.Length, ShardLayout.BlockLength(shard.LengthBytes, block));
            if (BlockChecksum.Compute(shard.Blob, shard.Shard, block, bytes[..length]) != shard.Checksums.Span[block]) return false;
            bytes = bytes[length..];
        }
        return true;
    }

    private void Append(byte kind, ReadOnlyMemory<byte> payload, PendingCommit commit) =>
        log.AppendAsync(kind, payload, commit, CancellationToken.None).AsTask().GetAwaiter().GetResult();
}
