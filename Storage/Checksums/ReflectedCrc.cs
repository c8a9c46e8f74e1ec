using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace ObjectStore.Storage.Checksums;

/// <summary>
/// A CRC of 32 or 64 bits, bit-reflected, all ones in and out. The register is kept without the final inversion; bit i
/// of a w-bit register stands for x^(w-1-i).
/// </summary>
internal sealed class ReflectedCrc
{
    /// <summary>Below this the set-up of folding costs more than it saves.</summary>
    private const int MinFoldBytes = 128;

    private readonly int _width;
    private readonly ulong _polynomial;
    private readonly ulong _ones;

    /// <summary>Eight tables of 256: table k gives a byte followed by k zero bytes.</summary>
    private readonly ulong[] _tables = new ulong[8 * 256];
    private readonly CrcFolding _folding;

    /// <param name="width">32 or 64.</param>
    /// <param name="polynomial">Reflected, without its highest term.</param>
    public ReflectedCrc(int width, ulong polynomial)
    {
        _width = width;
        _polynomial = polynomial;
        _ones = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        for (var value = 0; value < 256; value++)
        {
            var register = (ulong)value;
            for (var bit = 0; bit < 8; bit++) register = TimesX(register);
            _tables[value] = register;
        }
        for (var i = 256; i < _tables.Length; i++)
        {
            var register = _tables[i - 256];
            _tables[i] = (register >> 8) ^ _tables[(byte)register];
        }
        _folding = new CrcFolding(distance => Vector128.Create(Constant(distance + 63), Constant(distance - 1)));
    }

    /// <summary>The CRC of what <paramref name="crc"/> covers followed by <paramref name="data"/>; 0 covers nothing.</summary>
    public ulong Append(ulong crc, ReadOnlySpan<byte> data)
    {
        var register = crc ^ _ones;
        if (data.Length >= MinFoldBytes && CrcFolding.IsSupported)
        {
            Span<byte> remainder = stackalloc byte[CrcFolding.StateBytes];
            var taken = _folding.Fold(register, data, remainder);
            register = AppendSliced(0, remainder);
            data = data[taken..];
        }
        return AppendSliced(register, data) ^ _ones;
    }

    /// <summary>The oracle: one byte after the other, one bit after the other.</summary>
    public ulong AppendBitwise(ulong crc, ReadOnlySpan<byte> data)
    {
        var register = crc ^ _ones;
        foreach (var value in data)
        {
            register ^= value;
            for (var bit = 0; bit < 8; bit++) register = TimesX(register);
        }
        return register ^ _ones;
    }

    /// <summary>The CRC of A followed by B from those of A and of B: moves A's by B's length and adds.</summary>
    public ulong Combine(ulong first, ulong second, long secondLengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLengthBytes);
        var shift = PowerOfX((ulong)secondLengthBytes * 8);
        return Multiply(first, shift) ^ second;
    }

    /// <summary>Eight bytes a step through eight tables; for short inputs and where there is no carry-less multiplication.</summary>
    internal ulong AppendSliced(ulong register, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= 8; data = data[8..])
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ register;
            register = _tables[(7 << 8) + (byte)word] ^ _tables[(6 << 8) + (byte)(word >> 8)]
                ^ _tables[(5 << 8) + (byte)(word >> 16)] ^ _tables[(4 << 8) + (byte)(word >> 24)]
                ^ _tables[(3 << 8) + (byte)(word >> 32)] ^ _tables[(2 << 8) + (byte)(word >> 40)]
                ^ _tables[(1 << 8) + (byte)(word >> 48)] ^ _tables[word >> 56];
        }
        foreach (var value in data) register = (register >> 8) ^ _tables[(byte)(register ^ value)];
        return register;
    }

    private ulong TimesX(ulong register) => (register >> 1) ^ ((register & 1) * _polynomial);

    /// <summary>x^n mod P as a 64-bit reflected factor for folding.</summary>
    private ulong Constant(int exponent) => PowerOfX((ulong)exponent) << (64 - _width);

    private ulong PowerOfX(ulong exponent)
    {
        var one = 1UL << (_width - 1);
        var result = one;
        for (var square = TimesX(one); exponent != 0; exponent >>= 1, square = Multiply(square, square))
            if ((exponent & 1) != 0) result = Multiply(result, square);
        return result;
    }

    private ulong Multiply(ulong left, ulong right)
    {
        ulong product = 0;
        for (var bit = 1UL << (_width - 1); bit != 0; bit >>= 1)
        {
            if ((left & bit) != 0) product ^= right;
            right = TimesX(right);
        }
        return product;
    }
}
