using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>GFNI on 64 bytes: a product is one instruction (Ice Lake, Zen 4 and later).</summary>
internal readonly unsafe struct Gfni512 : IVectorEngine<Vector512<byte>, Vector512<byte>, Vector512<byte>>
{
    public static string Name => "gfni512";

    public static bool IsSupported => Gfni.V512.IsSupported && Avx512F.IsSupported;

    public static int MaxRowsPerPass => 6;

    public static int FactorBytes => AffineMatrix.FactorBytes;

    public static void WriteFactor(byte factor, Span<byte> destination) => AffineMatrix.Write(factor, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(byte* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> LoadFactor(byte* factor) => Vector512.Create(*(ulong*)factor).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> MultiplyAdd(Vector512<byte> sum, Vector512<byte> source, Vector512<byte> factor) =>
        sum ^ Gfni.V512.GaloisFieldAffineTransform(source, factor, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Vector512<byte> sum) => sum.Store(destination);
}
