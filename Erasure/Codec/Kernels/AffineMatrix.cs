using System.Buffers.Binary;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>
/// A factor as the 8 × 8 bit matrix of GF2P8AFFINEQB. Multiplication by a constant is linear over bits, so the instruction serves
/// any polynomial; its companion GF2P8MULB knows only that of AES, 0x11b.
/// </summary>
/// <remarks>
/// Intel SDM, GF2P8AFFINEQB: bit i of the result is the parity of (byte 7 - i of the quadword) and x. So byte 7 - i holds
/// at bit j what x's bit j contributes: bit i of f · 2^j.
/// </remarks>
internal static class AffineMatrix
{
    public const int FactorBytes = 8;

    public static void Write(byte factor, Span<byte> destination)
    {
        ulong matrix = 0;
        for (var j = 0; j < 8; j++)
        {
            var image = GaloisField.Multiply(factor, (byte)(1 << j));
            for (var i = 0; i < 8; i++)
            {
                if ((image >> i & 1) != 0)
                    matrix |= 1UL << (8 * (7 - i) + j);
            }
        }

        BinaryPrimitives.WriteUInt64LittleEndian(destination, matrix);
    }
}
