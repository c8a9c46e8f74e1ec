using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>GFNI on 32 bytes, for processors without AVX-512 (Alder Lake and later).</summary>
internal readonly unsafe struct Gfni256 : IVectorEngine<Vector256<byte>, Vector256<byte>, Vector256<byte>>
{
    public static string Name => "gfni256";

    public static bool IsSupported => Gfni.V256.IsSupported && Avx2.IsSupported;

    public static int MaxRowsPerPass => 5;

    public static int FactorBytes => AffineMatrix.FactorBytes;

    public static void WriteFactor(byte factor, Span<byte> destination) => AffineMatrix.Write(factor, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(byte* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> LoadFactor(byte* factor) => Vector256.Create(*(ulong*)factor).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> MultiplyAdd(Vector256<byte> sum, Vector256<byte> source, Vector256<byte> factor) =>
        sum ^ Gfni.V256.GaloisFieldAffineTransform(source, factor, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, Vector256<byte> sum) => sum.Store(destination);
}
