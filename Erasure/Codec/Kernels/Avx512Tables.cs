using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>VPSHUFB on 64 bytes, for AVX-512 without GFNI (Skylake server, Cascade Lake).</summary>
internal readonly unsafe struct Avx512Tables : IVectorEngine<Vector512<byte>, Avx512Tables.Nibbles, Avx512Tables.Tables>
{
    /// <summary>The low and the high four bits of each byte, which index the tables.</summary>
    internal readonly record struct Nibbles(Vector512<byte> Low, Vector512<byte> High);

    /// <summary>The tables of a factor, repeated in every 128-bit lane because the lookup does not leave its lane.</summary>
    internal readonly record struct Tables(Vector512<byte> Low, Vector512<byte> High);

    public static string Name => "avx512";

    public static bool IsSupported => Avx512BW.IsSupported;

    public static int MaxRowsPerPass => 6;

    public static int FactorBytes => NibbleTables.FactorBytes;

    public static void WriteFactor(byte factor, Span<byte> destination) => NibbleTables.Write(factor, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Nibbles Load(byte* source)
    {
        var x = Vector512.Load(source);
        var mask = Vector512.Create((byte)0x0f);
        return new(x & mask, (x.AsUInt16() >>> 4).AsByte() & mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tables LoadFactor(byte* factor) => new(Repeat(factor), Repeat(factor + NibbleTables.LowBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplyAdd(Vector512<byte> sum, Nibbles source, Tables factor) =>
        sum ^ Lookup(factor.Low, source.Low) ^ Lookup(factor.High, source.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Vector512<byte> sum) => sum.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Repeat(byte* table) => Avx512F.BroadcastVector128ToVector512((int*)table).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Lookup(Vector512<byte> table, Vector512<byte> index) =>
        Avx512BW.Shuffle(table, index);
}
