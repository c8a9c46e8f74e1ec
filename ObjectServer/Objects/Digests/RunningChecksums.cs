using System.Buffers.Binary;
using System.Security.Cryptography;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Objects.Digests;

internal sealed class RunningHash(HashAlgorithmName algorithm) : IRunningChecksum
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);

    public void Append(ReadOnlySpan<byte> data) => _hash.AppendData(data);

    public byte[] Finish() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();
}

internal sealed class RunningXxHash64 : IRunningChecksum
{
    private readonly XxHash64 _hash = new();

    public void Append(ReadOnlySpan<byte> data) => _hash.Append(data);

    public byte[] Finish()
    {
        var value = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(value, _hash.GetHash());
        return value;
    }

    public void Dispose()
    {
        // Holds no native memory.
    }
}

/// <param name="sizeBytes">8 for XXH3-64, 16 for XXH3-128.</param>
internal sealed class RunningXxHash3(int sizeBytes) : IRunningChecksum
{
    private readonly XxHash3 _hash = new();

    public void Append(ReadOnlySpan<byte> data) => _hash.Append(data);

    public byte[] Finish()
    {
        var value = new byte[sizeBytes];
        if (sizeBytes == 8) BinaryPrimitives.WriteUInt64BigEndian(value, _hash.GetHash64());
        else BinaryPrimitives.WriteUInt128BigEndian(value, _hash.GetHash128());
        return value;
    }

    public void Dispose()
    {
        // Holds no native memory.
    }
}

internal sealed class RunningCrc32 : IRunningChecksum
{
    private uint _crc;

    public void Append(ReadOnlySpan<byte> data) => _crc = Crc32.Append(_crc, data);

    public byte[] Finish() => CrcBytes.Of(_crc);

    public void Dispose()
    {
        // Holds no native memory.
    }
}

internal sealed class RunningCrc32C : IRunningChecksum
{
    private uint _crc;

    public void Append(ReadOnlySpan<byte> data) => _crc = Crc32C.Append(_crc, data);

    public byte[] Finish() => CrcBytes.Of(_crc);

    public void Dispose()
    {
        // Holds no native memory.
    }
}

internal sealed class RunningCrc64Nvme : IRunningChecksum
{
    private ulong _crc;

    public void Append(ReadOnlySpan<byte> data) => _crc = Crc64Nvme.Append(_crc, data);

    public byte[] Finish() => CrcBytes.Of(_crc);

    public void Dispose()
    {
        // Holds no native memory.
    }
}

internal static class CrcBytes
{
    public static byte[] Of(uint crc)
    {
        var value = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(value, crc);
        return value;
    }

    public static byte[] Of(ulong crc)
    {
        var value = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(value, crc);
        return value;
    }
}
