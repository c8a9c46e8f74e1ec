using System.Buffers;
using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Bulk;

/// <summary>
/// Writes one extent; blocks, so it runs on the drive's threads. Calls are sequential. Nothing of it counts before
/// <see cref="Finish"/> has returned and the commit record is in the log.
/// </summary>
internal sealed unsafe class ExtentWriter : IDisposable
{
    private readonly DriveId _drive;
    private readonly BlobId _blob;
    private readonly int _shard;
    private readonly BulkExtent _extent;
    private readonly IMemoryOwner<byte> _scratch;
    private readonly bool _direct;
    private long _writtenBytes;
    private bool _headerWritten;

    /// <param name="scratch">At least <see cref="ScratchBytes"/>, aligned; disposed with the writer.</param>
    public ExtentWriter(DriveId drive, BlobId blob, int shard, BulkExtent extent, IMemoryOwner<byte> scratch)
    {
        _drive = drive;
        _blob = blob;
        _shard = shard;
        _extent = extent;
        _scratch = scratch;
        _direct = extent.File.IsDirect;
    }

    /// <summary>Room for a footer, or for the header and a piece of blocks that were not aligned.</summary>
    public const int ScratchBytes = 64 * 1024;

    private const int CopyBytes = ScratchBytes - BulkFormat.PageBytes;

    public ExtentAddress Address => _extent.Address;

    /// <summary>Appends blocks; only the shard's last may be short.</summary>
    public void Write(ReadOnlyMemory<byte> blocks)
    {
        if (!_headerWritten)
        {
            var header = _scratch.Memory[..BulkFormat.ExtentHeaderBytes];
            BulkFormat.WriteExtentHeader(header.Span, _drive, _extent.Address, _blob, _shard);
        }
        using var pinned = blocks.Pin();
        if (!_direct || ((nuint)pinned.Pointer & (BulkFormat.PageBytes - 1)) == 0) WriteInPlace(blocks);
        else WriteCopied(blocks);
        if (!_direct) _extent.File.StartWriteback(DataOffset, _writtenBytes);
    }

    /// <summary>Footer, hole behind the blocks, fdatasync: the extent is durable and may be committed.</summary>
    public void Finish(in ShardRecord record)
    {
        var footer = _scratch.Memory[..BulkFormat.FooterBytes];
        BulkFormat.WriteFooter(footer.Span, record);
        var footerOffset = _extent.Address.Offset + _extent.Address.ReservedBytes - BulkFormat.FooterBytes;
        _extent.File.Write(footerOffset, footer.Span);
        var end = DataOffset + BulkFormat.AlignUp(_writtenBytes);
        if (end < footerOffset) _extent.File.PunchHole(end, footerOffset - end);
        _extent.Segment.SyncData(_extent.File);
    }

    public void Dispose() => _scratch.Dispose();

    private long DataOffset => _extent.Address.Offset + BulkFormat.ExtentHeaderBytes;

    // Header, whole pages from the caller's memory, and the short last page filled up with zeros, in one write.
    private void WriteInPlace(ReadOnlyMemory<byte> blocks)
    {
        var whole = blocks.Length & ~(BulkFormat.PageBytes - 1);
        var tail = _scratch.Memory.Slice(BulkFormat.PageBytes, whole < blocks.Length ? BulkFormat.PageBytes : 0);
        if (tail.Length > 0)
        {
            tail.Span.Clear();
            blocks[whole..].CopyTo(tail);
        }
        ReadOnlyMemory<byte> header = _headerWritten ? default : _scratch.Memory[..BulkFormat.ExtentHeaderBytes];
        _extent.File.WriteVector(DataOffset + _writtenBytes - header.Length, [header, blocks[..whole], tail]);
        _headerWritten = true;
        _writtenBytes += blocks.Length;
    }

    private void WriteCopied(ReadOnlyMemory<byte> blocks)
    {
        while (blocks.Length > 0)
        {
            var count = Math.Min(blocks.Length, CopyBytes);
            var padded = (int)BulkFormat.AlignUp(count);
            var target = _scratch.Memory.Slice(BulkFormat.PageBytes, padded);
            blocks[..count].CopyTo(target);
            target.Span[count..].Clear();
            var headerBytes = _headerWritten ? 0 : BulkFormat.PageBytes;
            _extent.File.Write(DataOffset + _writtenBytes - headerBytes, _scratch.Memory.Slice(BulkFormat.PageBytes - headerBytes, headerBytes + padded).Span);
            _headerWritten = true;
            _writtenBytes += count;
            blocks = blocks[count..];
        }
    }
}
