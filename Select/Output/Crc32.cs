using System.Buffers.Binary;

namespace ObjectStore.Select.Output;

/// <summary>CRC-32 of IEEE 802.3, eight bytes at a time ("slicing by 8").</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;

    private static readonly uint[] Tables = MakeTables();

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var tables = Tables;
        while (bytes.Length >= 8)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[0x700 + (byte)low] ^ tables[0x600 + (byte)(low >> 8)] ^ tables[0x500 + (byte)(low >> 16)] ^ tables[0x400 + (int)(low >> 24)]
                ^ tables[0x300 + (byte)high] ^ tables[0x200 + (byte)(high >> 8)] ^ tables[0x100 + (byte)(high >> 16)] ^ tables[(int)(high >> 24)];
            bytes = bytes[8..];
        }

        foreach (var unit in bytes) crc = tables[(byte)(crc ^ unit)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (var index = 0; index < 256; index++)
        {
            var crc = (uint)index;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            tables[index] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
        {
            var previous = tables[index - 256];
            tables[index] = (previous >> 8) ^ tables[(byte)previous];
        }

        return tables;
    }
}
