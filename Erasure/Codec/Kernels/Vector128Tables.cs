using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>PSHUFB of SSSE3, TBL of Arm: lookups on 16 bytes.</summary>
internal readonly unsafe struct Vector128Tables : IVectorEngine<Vector128<byte>, Vector128Tables.Nibbles, Vector128Tables.Tables>
{
    /// <summary>The low and the high four bits of each byte, which index the tables.</summary>
    internal readonly record struct Nibbles(Vector128<byte> Low, Vector128<byte> High);

    /// <summary>The tables of a factor.</summary>
    internal readonly record struct Tables(Vector128<byte> Low, Vector128<byte> High);

    public static string Name => "vector128";

    public static bool IsSupported => Ssse3.IsSupported || AdvSimd.Arm64.IsSupported;

    public static int MaxRowsPerPass => 4;

    public static int FactorBytes => NibbleTables.FactorBytes;

    public static void WriteFactor(byte factor, Span<byte> destination) => NibbleTables.Write(factor, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Nibbles Load(byte* source)
    {
        var x = Vector128.Load(source);
        var mask = Vector128.Create((byte)0x0f);
        return new(x & mask, (x.AsUInt16() >>> 4).AsByte() & mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tables LoadFactor(byte* factor) => new(Repeat(factor), Repeat(factor + NibbleTables.LowBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> MultiplyAdd(Vector128<byte> sum, Nibbles source, Tables factor) =>
        sum ^ Lookup(factor.Low, source.Low) ^ Lookup(factor.High, source.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Vector128<byte> sum) => sum.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Repeat(byte* table) => Vector128.Load(table);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Lookup(Vector128<byte> table, Vector128<byte> index) =>
        Ssse3.IsSupported ? Ssse3.Shuffle(table, index) : AdvSimd.Arm64.VectorTableLookup(table, index);
}
