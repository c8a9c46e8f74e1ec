using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.Log;

namespace ObjectStore.Storage.Index;

/// <summary>
/// Where the index says that a shard lies. Drawn in docs/formats/storage.md, "Index"; keep in step.
/// </summary>
/// <param name="Record">The log record that committed it, which of two copies has the higher LSN. Also for an extent: the record keeps its file alive.</param>
/// <param name="DataOffset">Where the first block starts: in the record's log file, or for an extent in its segment.</param>
internal sealed record IndexEntry(LogEntry Record, long DataOffset, int LengthBytes, ulong Root, ExtentAddress Extent, ulong[] Checksums)
{
    public const int FixedBytes = 96;
    private const byte Version = 1;

    public bool IsExtent => !Extent.IsNone;

    /// <summary>The entry of a shard whose commit is this record.</summary>
    public static IndexEntry Of(LogEntry record, in ShardRecord shard)
    {
        var dataOffset = shard.Extent.IsNone
            ? record.PayloadOffset + shard.SizeBytes
            : shard.Extent.Offset + Bulk.BulkFormat.ExtentHeaderBytes;
        return new IndexEntry(record, dataOffset, shard.LengthBytes, shard.Root, shard.Extent, shard.Checksums.ToArray());
    }

    /// <summary>Whether both name the same bytes on the drive.</summary>
    public bool SamePlace(IndexEntry other) => Record == other.Record && Extent == other.Extent;

    public byte[] Encode(ReadOnlySpan<byte> key)
    {
        var v = new byte[FixedBytes + Checksums.Length * sizeof(ulong) + sizeof(ulong)];
        v[0] = Version;
        v[1] = Record.Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(v.AsSpan(2), (ushort)Checksums.Length);
        BinaryPrimitives.WriteInt32LittleEndian(v.AsSpan(4), LengthBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(v.AsSpan(8), Root);
        BinaryPrimitives.WriteInt64LittleEndian(v.AsSpan(16), Record.Lsn);
        BinaryPrimitives.WriteInt64LittleEndian(v.AsSpan(24), Record.Position.FileNumber);
        BinaryPrimitives.WriteInt64LittleEndian(v.AsSpan(32), Record.Position.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(v.AsSpan(40), Record.PayloadBytes);
        BinaryPrimitives.WriteInt64LittleEndian(v.AsSpan(48), DataOffset);
        Extent.WriteTo(v.AsSpan(56));
        for (var i = 0; i < Checksums.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(v.AsSpan(FixedBytes + i * sizeof(ulong)), Checksums[i]);
        BinaryPrimitives.WriteUInt64LittleEndian(v.AsSpan(v.Length - sizeof(ulong)), Seal.Compute(v.AsSpan(0, v.Length - sizeof(ulong)), key));
        return v;
    }

    /// <summary>Null if the bytes are not a whole entry of this key: the index is damaged and must be rebuilt.</summary>
    public static IndexEntry? Decode(ReadOnlySpan<byte> key, ReadOnlySpan<byte> v)
    {
        if (v.Length < FixedBytes + sizeof(ulong) || v[0] != Version) return null;
        int blocks = BinaryPrimitives.ReadUInt16LittleEndian(v[2..]);
        if (v.Length != FixedBytes + blocks * sizeof(ulong) + sizeof(ulong)) return null;
        if (BinaryPrimitives.ReadUInt64LittleEndian(v[^sizeof(ulong)..]) != Seal.Compute(v[..^sizeof(ulong)], key)) return null;

        var checksums = new ulong[blocks];
        v.Slice(FixedBytes, blocks * sizeof(ulong)).CopyTo(MemoryMarshal.AsBytes(checksums.AsSpan()));
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(checksums, checksums);
        var position = new LogPosition(BinaryPrimitives.ReadInt64LittleEndian(v[24..]), BinaryPrimitives.ReadInt64LittleEndian(v[32..]));
        return new IndexEntry(
            new LogEntry(position, BinaryPrimitives.ReadInt64LittleEndian(v[16..]), v[1], BinaryPrimitives.ReadInt32LittleEndian(v[40..])),
            BinaryPrimitives.ReadInt64LittleEndian(v[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(v[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(v[8..]),
            ExtentAddress.ReadFrom(v[56..]),
            checksums);
    }
}
