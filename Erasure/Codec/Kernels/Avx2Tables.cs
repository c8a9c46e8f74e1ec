using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>VPSHUFB on 32 bytes.</summary>
internal readonly unsafe struct Avx2Tables : IVectorEngine<Vector256<byte>, Avx2Tables.Nibbles, Avx2Tables.Tables>
{
    /// <summary>The low and the high four bits of each byte, which index the tables.</summary>
    internal readonly record struct Nibbles(Vector256<byte> Low, Vector256<byte> High);

    /// <summary>The tables of a factor, repeated in every 128-bit lane because the lookup does not leave its lane.</summary>
    internal readonly record struct Tables(Vector256<byte> Low, Vector256<byte> High);

    public static string Name => "avx2";

    public static bool IsSupported => Avx2.IsSupported;

    public static int MaxRowsPerPass => 4;

    public static int FactorBytes => NibbleTables.FactorBytes;

    public static void WriteFactor(byte factor, Span<byte> destination) => NibbleTables.Write(factor, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Nibbles Load(byte* source)
    {
        var x = Vector256.Load(source);
        var mask = Vector256.Create((byte)0x0f);
        return new(x & mask, (x.AsUInt16() >>> 4).AsByte() & mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tables LoadFactor(byte* factor) => new(Repeat(factor), Repeat(factor + NibbleTables.LowBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplyAdd(Vector256<byte> sum, Nibbles source, Tables factor) =>
        sum ^ Lookup(factor.Low, source.Low) ^ Lookup(factor.High, source.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Vector256<byte> sum) => sum.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Repeat(byte* table) => Avx2.BroadcastVector128ToVector256(table);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Lookup(Vector256<byte> table, Vector256<byte> index) =>
        Avx2.Shuffle(table, index);
}
