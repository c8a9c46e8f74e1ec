using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ObjectStore.Storage.Drives;

namespace ObjectStore.Storage.Index;

/// <summary>
/// Where the index says that a shard lies. Drawn in docs/formats/storage.md, "Index"; keep in step.
/// </summary>
/// <param name="Lsn">Of the record that committed it; of two copies the higher one counts.</param>
/// <param name="LogFile">File of the log that holds the record, also for an extent: it keeps that file alive.</param>
/// <param name="LogOffset">Where the record starts in that file.</param>
/// <param name="LogBytes">Bytes of the file that the record takes.</param>
/// <param name="DataOffset">Where the first block starts: in the log file, or for an extent in its segment.</param>
internal sealed record IndexEntry(
    ulong Lsn,
    ulong LogFile,
    long LogOffset,
    int LogBytes,
    long DataOffset,
    int LengthBytes,
    ulong Root,
    ExtentAddress Extent,
    ulong[] Checksums)
{
    public const int FixedBytes = 104;
    private const byte Version = 1;

    public bool IsExtent => !Extent.IsNone;

    /// <summary>Whether both name the same bytes on the drive.</summary>
    public bool SamePlace(IndexEntry other) => Lsn == other.Lsn && LogFile == other.LogFile && DataOffset == other.DataOffset && Extent == other.Extent;

    public byte[] Encode(ReadOnlySpan<byte> key)
    {
        var v = new byte[FixedBytes + Checksums.Length * sizeof(ulong) + sizeof(ulong)];
        v[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(v.AsSpan(2), (ushort)Checksums.Length);
        BinaryPrimitives.WriteInt32LittleEndian(v.AsSpan(4), LengthBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(v.AsSpan(8), Root);
        BinaryPrimitives.WriteUInt64LittleEndian(v.AsSpan(16), Lsn);
        BinaryPrimitives.WriteUInt64LittleEndian(v.AsSpan(24), LogFile);
        BinaryPrimitives.WriteInt64LittleEndian(v.AsSpan(32), LogOffset);
        BinaryPrimitives.WriteInt64LittleEndian(v.AsSpan(40), DataOffset);
        BinaryPrimitives.WriteInt32LittleEndian(v.AsSpan(48), LogBytes);
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
        return new IndexEntry(
            BinaryPrimitives.ReadUInt64LittleEndian(v[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(v[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(v[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(v[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(v[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(v[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(v[8..]),
            ExtentAddress.ReadFrom(v[56..]),
            checksums);
    }
}
