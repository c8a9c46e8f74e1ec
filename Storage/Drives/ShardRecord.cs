using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// What is durably known of one committed shard. The same bytes stand in front of the blocks of a logged
/// shard, in the commit record of an extent, and in the extent's footer. Drawn in docs/formats/storage.md,
/// "Shard record"; keep in step.
/// </summary>
internal readonly record struct ShardRecord(
    BlobId Blob,
    int Shard,
    int LengthBytes,
    ulong Root,
    ExtentAddress Extent,
    ReadOnlyMemory<ulong> Checksums,
    ReadOnlyMemory<byte> Tag)
{
    public const int FixedBytes = 80;
    public const int MaxTagBytes = 4096;

    /// <summary>Longest encoding: 256 checksums and a full tag.</summary>
    public const int MaxSizeBytes = FixedBytes + 256 * sizeof(ulong) + MaxTagBytes;

    private const ushort Version = 1;

    public int SizeBytes => FixedBytes + Checksums.Length * sizeof(ulong) + Tag.Length;

    public int WriteTo(Span<byte> destination)
    {
        var d = destination[..SizeBytes];
        d[..FixedBytes].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(d, Version);
        BinaryPrimitives.WriteUInt16LittleEndian(d[2..], (ushort)Shard);
        BinaryPrimitives.WriteInt32LittleEndian(d[4..], LengthBytes);
        Blob.WriteTo(d[8..]);
        BinaryPrimitives.WriteUInt64LittleEndian(d[24..], Root);
        BinaryPrimitives.WriteUInt16LittleEndian(d[32..], (ushort)Checksums.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(d[34..], (ushort)Tag.Length);
        Extent.WriteTo(d[40..]);
        var checksums = MemoryMarshal.Cast<byte, ulong>(d.Slice(FixedBytes, Checksums.Length * sizeof(ulong)));
        Checksums.Span.CopyTo(checksums);
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(checksums, checksums);
        Tag.Span.CopyTo(d[(FixedBytes + Checksums.Length * sizeof(ulong))..]);
        return d.Length;
    }

    /// <summary>False if these are not the bytes of a shard record. Whoever calls has verified a checksum over them.</summary>
    public static bool TryRead(ReadOnlySpan<byte> s, out ShardRecord record)
    {
        record = default;
        if (s.Length < FixedBytes || BinaryPrimitives.ReadUInt16LittleEndian(s) != Version) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(s[4..]);
        int blocks = BinaryPrimitives.ReadUInt16LittleEndian(s[32..]);
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(s[34..]);
        if (length is < 0 or > ShardLayout.MaxShardBytes || blocks != ShardLayout.BlockCount(length) || tag > MaxTagBytes) return false;
        if (s.Length < FixedBytes + blocks * sizeof(ulong) + tag) return false;

        var checksums = new ulong[blocks];
        for (var i = 0; i < blocks; i++) checksums[i] = BinaryPrimitives.ReadUInt64LittleEndian(s[(FixedBytes + i * sizeof(ulong))..]);
        record = new ShardRecord(
            BlobId.ReadFrom(s[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(s[2..]),
            length,
            BinaryPrimitives.ReadUInt64LittleEndian(s[24..]),
            ExtentAddress.ReadFrom(s[40..]),
            checksums,
            s.Slice(FixedBytes + blocks * sizeof(ulong), tag).ToArray());
        return true;
    }
}
