namespace ObjectStore.Erasure.Codec;

/// <summary>
/// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d) and the generator 2. Addition is XOR.
/// For building matrices and tables; the bulk work is done by the kernels.
/// </summary>
internal static class GaloisField
{
    public const int Polynomial = 0x11d;

    /// <summary>Product by shift and reduce: slow and obviously right, the oracle for every table and kernel.</summary>
    public static byte MultiplyByShifting(byte a, byte b)
    {
        var product = 0;
        for (int x = a, y = b; y != 0; y >>= 1)
        {
            if ((y & 1) != 0)
                product ^= x;
            x <<= 1;
            if ((x & 0x100) != 0)
                x ^= Polynomial;
        }

        return (byte)product;
    }

    private static readonly byte[] Exponents = new byte[510];
    private static readonly byte[] Logarithms = new byte[256];

    static GaloisField()
    {
        byte x = 1;
        for (var i = 0; i < 255; i++)
        {
            // Written twice so that the sum of two logarithms needs no reduction modulo 255.
            Exponents[i] = Exponents[i + 255] = x;
            Logarithms[x] = (byte)i;
            x = MultiplyByShifting(x, 2);
        }
    }

    public static byte Multiply(byte a, byte b) =>
        a == 0 || b == 0 ? (byte)0 : Exponents[Logarithms[a] + Logarithms[b]];

    /// <exception cref="DivideByZeroException">Zero has no inverse.</exception>
    public static byte Invert(byte a) =>
        a == 0 ? throw new DivideByZeroException("Zero has no inverse in GF(2^8).") : Exponents[255 - Logarithms[a]];
}
