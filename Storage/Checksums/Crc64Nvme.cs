namespace ObjectStore.Storage.Checksums;

/// <summary>CRC-64 of NVM Express (polynomial 0xAD93D23594C93659); S3's CRC64NVME. The canonical byte form is big-endian.</summary>
public static class Crc64Nvme
{
    private static readonly ReflectedCrc Crc = new(64, 0x9A6C9329AC4BC9B5);

    public static ulong Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The CRC of what <paramref name="crc"/> covers followed by <paramref name="data"/>; 0 covers nothing.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> data) => Crc.Append(crc, data);

    /// <summary>The CRC of A followed by B, from the CRC of each and B's length.</summary>
    public static ulong Combine(ulong first, ulong second, long secondLengthBytes) => Crc.Combine(first, second, secondLengthBytes);
}
