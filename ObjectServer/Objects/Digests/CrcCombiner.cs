namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// The CRC of A‖B from those of A and B. A CRC is a remainder modulo its polynomial P, so it is crc(A)·x^(8·|B|) + crc(B)
/// mod P; initial and final inversion cancel out. Polynomials are reflected: the highest bit is x^0.
/// </summary>
internal sealed class CrcCombiner
{
    private readonly ulong _polynomial;
    private readonly ulong _one;
    private long _shiftBytes = -1;
    private ulong _shift;

    private CrcCombiner(ulong polynomial, int bits)
    {
        _polynomial = polynomial;
        _one = 1UL << (bits - 1);
    }

    /// <exception cref="ArgumentException">Not a CRC.</exception>
    public static CrcCombiner For(ChecksumAlgorithm algorithm) => algorithm switch
    {
        ChecksumAlgorithm.Crc32 => new CrcCombiner(0xEDB88320, 32),
        ChecksumAlgorithm.Crc32C => new CrcCombiner(0x82F63B78, 32),
        ChecksumAlgorithm.Crc64Nvme => new CrcCombiner(0x9A6C9329AC4BC9B5, 64),
        _ => throw new ArgumentException($"{algorithm} of a whole does not follow from its parts.", nameof(algorithm)),
    };

    /// <param name="secondLengthBytes">Length of what <paramref name="second"/> covers.</param>
    public ulong Combine(ulong first, ulong second, long secondLengthBytes)
    {
        // Parts are mostly of one length: the power is kept.
        if (_shiftBytes != secondLengthBytes) (_shiftBytes, _shift) = (secondLengthBytes, PowerOfX(8 * (UInt128)secondLengthBytes));
        return Multiply(_shift, first) ^ second;
    }

    private ulong PowerOfX(UInt128 exponent)
    {
        var power = _one;
        var square = _one >> 1;
        for (; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) power = Multiply(square, power);
            square = Multiply(square, square);
        }
        return power;
    }

    /// <summary>Multiplies modulo P, one coefficient of <paramref name="a"/> a step, from x^0 up.</summary>
    private ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        for (var bit = _one; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0) product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ _polynomial : b >> 1;
        }
        return product;
    }
}
