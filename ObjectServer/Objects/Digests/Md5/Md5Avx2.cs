using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>Eight lanes.</summary>
internal readonly unsafe struct Md5Avx2 : IMd5Engine<Vector256<uint>>
{
    public const int Lanes = 8;

    public static bool IsSupported => Avx2.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Add(Vector256<uint> a, Vector256<uint> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> F(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> message, uint constant, byte rotation) =>
        b + RotateLeft(a + (message + Vector256.Create(constant)) + (d ^ (b & (c ^ d))), rotation);

    // As in Md5Scalar: only one half of the selection waits for b.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> G(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> message, uint constant, byte rotation) =>
        b + RotateLeft(a + (message + Vector256.Create(constant)) + Vector256.AndNot(c, d) + (b & d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> H(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> message, uint constant, byte rotation) =>
        b + RotateLeft(a + (message + Vector256.Create(constant)) + (b ^ (c ^ d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> I(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> message, uint constant, byte rotation) =>
        b + RotateLeft(a + (message + Vector256.Create(constant)) + (c ^ (b | ~d)), rotation);

    /// <summary>Transposes four words of eight lanes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint>* Words(byte** lanes, nint offset, Vector256<uint>* scratch)
    {
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var position = offset + 16 * quarter;
            var x = TwoLanes(lanes, position);
            var y = TwoLanes(lanes + 1, position);
            var z = TwoLanes(lanes + 2, position);
            var w = TwoLanes(lanes + 3, position);
            var xzLow = Avx2.UnpackLow(x, z);
            var xzHigh = Avx2.UnpackHigh(x, z);
            var ywLow = Avx2.UnpackLow(y, w);
            var ywHigh = Avx2.UnpackHigh(y, w);
            scratch[4 * quarter] = Avx2.UnpackLow(xzLow, ywLow);
            scratch[4 * quarter + 1] = Avx2.UnpackHigh(xzLow, ywLow);
            scratch[4 * quarter + 2] = Avx2.UnpackLow(xzHigh, ywHigh);
            scratch[4 * quarter + 3] = Avx2.UnpackHigh(xzHigh, ywHigh);
        }

        return scratch;
    }

    /// <summary>Sixteen bytes each of lanes 0 and 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> TwoLanes(byte** lanes, nint offset) =>
        Vector256.Create(Vector128.Load((uint*)(lanes[0] + offset)), Vector128.Load((uint*)(lanes[4] + offset)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateLeft(Vector256<uint> value, byte rotation) =>
        (value << rotation) | (value >>> (32 - rotation));
}
