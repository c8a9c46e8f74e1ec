namespace ObjectStore.Server.Objects.Digests;

/// <summary>Checksums a client may ask for. Values are stored.</summary>
internal enum ChecksumAlgorithm : byte
{
    None = 0,
    Crc32 = 1,
    Crc32C = 2,
    Crc64Nvme = 3,
    Sha1 = 4,
    Sha256 = 5,
    Sha512 = 6,
    Md5 = 7,
    XxHash64 = 8,
    XxHash3 = 9,
    XxHash128 = 10,
}

/// <summary>A set of algorithms: bit n is algorithm n.</summary>
internal readonly record struct ChecksumSet(ushort Bits)
{
    public static ChecksumSet Of(params ReadOnlySpan<ChecksumAlgorithm> algorithms)
    {
        ushort bits = 0;
        foreach (var algorithm in algorithms)
        {
            if (algorithm != ChecksumAlgorithm.None) bits |= (ushort)(1 << (int)algorithm);
        }
        return new ChecksumSet(bits);
    }

    public bool Contains(ChecksumAlgorithm algorithm) => (Bits & (1 << (int)algorithm)) != 0;

    public ChecksumSet With(ChecksumAlgorithm algorithm) =>
        algorithm == ChecksumAlgorithm.None ? this : new ChecksumSet((ushort)(Bits | (1 << (int)algorithm)));
}

internal enum ChecksumType : byte
{
    /// <summary>Over all the object's bytes.</summary>
    FullObject = 0,

    /// <summary>Over the checksums of the parts.</summary>
    Composite = 1,
}

/// <summary>The checksum kept with an object or part. <paramref name="Value"/> is big-endian, as the wire's base64 wants it.</summary>
/// <param name="PartCount">Of a composite checksum, which is written "base64-N"; else 0.</param>
internal sealed record ObjectChecksum(ChecksumAlgorithm Algorithm, ChecksumType Type, ReadOnlyMemory<byte> Value, int PartCount = 0)
{
    /// <summary>base64, with "-N" when composite.</summary>
    public override string ToString() =>
        Type == ChecksumType.Composite ? $"{Convert.ToBase64String(Value.Span)}-{PartCount}" : Convert.ToBase64String(Value.Span);
}
