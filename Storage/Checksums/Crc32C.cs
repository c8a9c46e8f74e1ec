using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace ObjectStore.Storage.Checksums;

/// <summary>CRC-32C (Castagnoli, polynomial 0x1EDC6F41): of log records, and S3's CRC32C. The canonical byte form is big-endian.</summary>
public static class Crc32C
{
    /// <summary>Up to here the processor's CRC instruction is faster than folding.</summary>
    private const int MaxInstructionBytes = 256;

    private static readonly ReflectedCrc Crc = new(32, 0x82F63B78);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The CRC of what <paramref name="crc"/> covers followed by <paramref name="data"/>; 0 covers nothing.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        if (data.Length <= MaxInstructionBytes)
        {
            if (Sse42.X64.IsSupported) return AppendX64(crc, data);
            if (ArmCrc32.Arm64.IsSupported) return AppendArm(crc, data);
        }
        return (uint)Crc.Append(crc, data);
    }

    /// <summary>The CRC of A followed by B, from the CRC of each and B's length.</summary>
    public static uint Combine(uint first, uint second, long secondLengthBytes) => (uint)Crc.Combine(first, second, secondLengthBytes);

    private static uint AppendX64(uint crc, ReadOnlySpan<byte> data)
    {
        ulong register = ~crc;
        for (; data.Length >= 8; data = data[8..]) register = Sse42.X64.Crc32(register, BinaryPrimitives.ReadUInt64LittleEndian(data));
        var last = (uint)register;
        foreach (var value in data) last = Sse42.Crc32(last, value);
        return ~last;
    }

    private static uint AppendArm(uint crc, ReadOnlySpan<byte> data)
    {
        var register = ~crc;
        for (; data.Length >= 8; data = data[8..])
            register = ArmCrc32.Arm64.ComputeCrc32C(register, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (var value in data) register = ArmCrc32.ComputeCrc32C(register, value);
        return ~register;
    }
}
