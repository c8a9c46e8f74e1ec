namespace ObjectStore.Storage.Checksums;

/// <summary>CRC-32 of zip and Ethernet (ISO-HDLC, polynomial 0x04C11DB7); S3's CRC32. The canonical byte form is big-endian.</summary>
public static class Crc32
{
    private static readonly ReflectedCrc Crc = new(32, 0xEDB88320);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The CRC of what <paramref name="crc"/> covers followed by <paramref name="data"/>; 0 covers nothing.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data) => (uint)Crc.Append(crc, data);

    /// <summary>The CRC of A followed by B, from the CRC of each and B's length.</summary>
    public static uint Combine(uint first, uint second, long secondLengthBytes) => (uint)Crc.Combine(first, second, secondLengthBytes);
}
