using System.Buffers.Binary;
using ObjectStore.Storage.Drives;

namespace ObjectStore.Storage.Bulk;

/// <summary>
/// The bytes of a bulk segment, drawn in docs/formats/storage.md, "Bulk segment"; keep in step.
/// <code>
/// segment:  [segment header 4 KiB][extent][extent]...
/// extent:   [extent header 4 KiB][blocks, padded with zeros to 4 KiB][punched rest][footer 8 KiB]
/// </code>
/// Header and footer are sealed with a checksum that is seeded with the file's nonce and their own offset:
/// bytes that a client sends, or that lie in another place, are never taken for one.
/// </summary>
internal static class BulkFormat
{
    public const int PageBytes = 4096;
    public const int SegmentHeaderBytes = PageBytes;
    public const int ExtentHeaderBytes = PageBytes;
    public const int FooterBytes = 2 * PageBytes;

    /// <summary>Bytes an extent reserves for a shard of <paramref name="lengthBytes"/>.</summary>
    public static long ReservedBytes(long lengthBytes) => ExtentHeaderBytes + AlignUp(lengthBytes) + FooterBytes;

    public static long AlignUp(long bytes) => (bytes + PageBytes - 1) & ~(long)(PageBytes - 1);

    public const int SegmentHeaderUsedBytes = 64;
    public const int ExtentHeaderUsedBytes = 88;

    private const ulong SegmentMagic = 0x31474553_4b4c5542; // "BULKSEG1"
    private const ulong ExtentMagic = 0x31544e58_4b4c5542;  // "BULKXNT1"
    private const ulong FooterMagic = 0x31544f46_4b4c5542;  // "BULKFOT1"
    private const int FooterFixedBytes = 24;

    public static void WriteSegmentHeader(Span<byte> page, DriveId drive, long segment, Guid nonce, long sizeBytes)
    {
        page[..PageBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page, SegmentMagic);
        drive.WriteTo(page[8..]);
        nonce.TryWriteBytes(page[24..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(page[40..], segment);
        BinaryPrimitives.WriteInt64LittleEndian(page[48..], sizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(page[56..], Seal.Compute(page[..56], nonce, 0));
    }

    public static bool TryReadSegmentHeader(ReadOnlySpan<byte> page, DriveId drive, long segment, out Guid nonce, out long sizeBytes)
    {
        nonce = new Guid(page.Slice(24, 16), bigEndian: true);
        sizeBytes = BinaryPrimitives.ReadInt64LittleEndian(page[48..]);
        return BinaryPrimitives.ReadUInt64LittleEndian(page) == SegmentMagic
            && BinaryPrimitives.ReadUInt64LittleEndian(page[56..]) == Seal.Compute(page[..56], nonce, 0)
            && DriveId.ReadFrom(page[8..]) == drive
            && BinaryPrimitives.ReadInt64LittleEndian(page[40..]) == segment;
    }

    public static void WriteExtentHeader(Span<byte> page, DriveId drive, in ExtentAddress extent, BlobId blob, int shard)
    {
        page[..PageBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page, ExtentMagic);
        drive.WriteTo(page[8..]);
        extent.Nonce.TryWriteBytes(page[24..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(page[40..], extent.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(page[48..], extent.ReservedBytes);
        blob.WriteTo(page[56..]);
        BinaryPrimitives.WriteInt32LittleEndian(page[72..], shard);
        BinaryPrimitives.WriteUInt64LittleEndian(page[80..], Seal.Compute(page[..80], extent.Nonce, extent.Offset));
    }

    /// <summary>Reads the header at <paramref name="offset"/> of a segment: how long the extent is and whose.</summary>
    public static bool TryReadExtentHeader(ReadOnlySpan<byte> page, DriveId drive, Guid nonce, long offset, out long reservedBytes, out BlobId blob, out int shard)
    {
        reservedBytes = BinaryPrimitives.ReadInt64LittleEndian(page[48..]);
        blob = BlobId.ReadFrom(page[56..]);
        shard = BinaryPrimitives.ReadInt32LittleEndian(page[72..]);
        return BinaryPrimitives.ReadUInt64LittleEndian(page) == ExtentMagic
            && BinaryPrimitives.ReadUInt64LittleEndian(page[80..]) == Seal.Compute(page[..80], nonce, offset)
            && DriveId.ReadFrom(page[8..]) == drive
            && reservedBytes >= ExtentHeaderBytes + FooterBytes && reservedBytes % PageBytes == 0;
    }

    /// <summary>Writes the footer that ends <paramref name="record"/>'s extent.</summary>
    public static void WriteFooter(Span<byte> footer, in ShardRecord record)
    {
        footer[..FooterBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(footer, FooterMagic);
        var length = record.WriteTo(footer[FooterFixedBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(footer[16..], length);
        BinaryPrimitives.WriteUInt64LittleEndian(footer[8..], Seal.Compute(footer[16..FooterBytes], record.Extent.Nonce, record.Extent.Offset));
    }

    public static bool TryReadFooter(ReadOnlySpan<byte> footer, Guid nonce, long extentOffset, out ShardRecord record)
    {
        record = default;
        if (BinaryPrimitives.ReadUInt64LittleEndian(footer) != FooterMagic) return false;
        if (BinaryPrimitives.ReadUInt64LittleEndian(footer[8..]) != Seal.Compute(footer[16..FooterBytes], nonce, extentOffset)) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(footer[16..]);
        return length is > 0 and <= ShardRecord.MaxSizeBytes
            && ShardRecord.TryRead(footer.Slice(FooterFixedBytes, length), out record);
    }
}
