namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>
/// A factor as two tables of 16 products, for instructions that look up 16 bytes at once:
/// f · x = low[x and 15] xor high[x shifted right by 4], as multiplication distributes over XOR.
/// </summary>
internal static class NibbleTables
{
    public const int LowBytes = 16;

    public const int FactorBytes = 32;

    public static void Write(byte factor, Span<byte> destination)
    {
        for (var x = 0; x < 16; x++)
        {
            destination[x] = GaloisField.Multiply(factor, (byte)x);
            destination[LowBytes + x] = GaloisField.Multiply(factor, (byte)(x << 4));
        }
    }
}
