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

/// <summary>A reflected CRC, initial and final value all ones, a byte a step.</summary>
internal sealed class RunningCrc : IRunningChecksum
{
    private readonly ulong[] _table = new ulong[256];
    private readonly int _sizeBytes;
    private ulong _crc;

    public RunningCrc(ulong polynomial, int sizeBytes)
    {
        _sizeBytes = sizeBytes;
        _crc = sizeBytes == 8 ? ulong.MaxValue : uint.MaxValue;
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
            _table[i] = value;
        }
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        var crc = _crc;
        foreach (var value in data) crc = _table[(byte)crc ^ value] ^ (crc >> 8);
        _crc = crc;
    }

    public byte[] Finish()
    {
        var value = new byte[_sizeBytes];
        if (_sizeBytes == 8) BinaryPrimitives.WriteUInt64BigEndian(value, ~_crc);
        else BinaryPrimitives.WriteUInt32BigEndian(value, ~(uint)_crc);
        return value;
    }

    public void Dispose()
    {
        // Holds no native memory.
    }
}
