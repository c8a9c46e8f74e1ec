using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>Sixteen lanes. Each of MD5's functions is one VPTERNLOG, whose last operand is the function's truth table.</summary>
internal readonly unsafe struct Md5Avx512 : IMd5Engine<Vector512<uint>>
{
    public const int Lanes = 16;

    // Bit 4b + 2c + d of the table is the function's value.
    private const byte SelectByB = 0xca;
    private const byte SelectByD = 0xe4;
    private const byte Parity = 0x96;
    private const byte NotDOrBXorC = 0x39;

    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Add(Vector512<uint> a, Vector512<uint> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> F(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> message, uint constant, byte rotation) =>
        b + Avx512F.RotateLeft(a + (message + Vector512.Create(constant)) + Avx512F.TernaryLogic(b, c, d, SelectByB), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> G(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> message, uint constant, byte rotation) =>
        b + Avx512F.RotateLeft(a + (message + Vector512.Create(constant)) + Avx512F.TernaryLogic(b, c, d, SelectByD), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> H(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> message, uint constant, byte rotation) =>
        b + Avx512F.RotateLeft(a + (message + Vector512.Create(constant)) + Avx512F.TernaryLogic(b, c, d, Parity), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> I(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> message, uint constant, byte rotation) =>
        b + Avx512F.RotateLeft(a + (message + Vector512.Create(constant)) + Avx512F.TernaryLogic(b, c, d, NotDOrBXorC), rotation);

    /// <summary>Transposes four words of sixteen lanes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint>* Words(byte** lanes, nint offset, Vector512<uint>* scratch)
    {
        for (var quarter = 0; quarter < 4; quarter++)
        {
            var position = offset + 16 * quarter;
            var x = FourLanes(lanes, position);
            var y = FourLanes(lanes + 1, position);
            var z = FourLanes(lanes + 2, position);
            var w = FourLanes(lanes + 3, position);
            var xzLow = Avx512F.UnpackLow(x, z);
            var xzHigh = Avx512F.UnpackHigh(x, z);
            var ywLow = Avx512F.UnpackLow(y, w);
            var ywHigh = Avx512F.UnpackHigh(y, w);
            scratch[4 * quarter] = Avx512F.UnpackLow(xzLow, ywLow);
            scratch[4 * quarter + 1] = Avx512F.UnpackHigh(xzLow, ywLow);
            scratch[4 * quarter + 2] = Avx512F.UnpackLow(xzHigh, ywHigh);
            scratch[4 * quarter + 3] = Avx512F.UnpackHigh(xzHigh, ywHigh);
        }

        return scratch;
    }

    /// <summary>Sixteen bytes each of lanes 0, 4, 8 and 12.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> FourLanes(byte** lanes, nint offset) =>
        Vector512.Create(
            Vector256.Create(Vector128.Load((uint*)(lanes[0] + offset)), Vector128.Load((uint*)(lanes[4] + offset))),
            Vector256.Create(Vector128.Load((uint*)(lanes[8] + offset)), Vector128.Load((uint*)(lanes[12] + offset))));
}
