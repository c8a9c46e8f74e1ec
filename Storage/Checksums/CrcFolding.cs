using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace ObjectStore.Storage.Checksums;

/// <summary>
/// Folds data into 16 bytes that have the same CRC remainder, with carry-less multiplications. A state of 128 bits,
/// L * x^64 + H, moves on by D bits as L * x^(D+64) + H * x^D; both powers are reduced mod P beforehand. The product of two
/// reflected 64-bit numbers comes out one bit short, so the constants are x^(D+63) and x^(D-1).
/// </summary>
/// <remarks>Source: Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel 2009.</remarks>
internal sealed class CrcFolding(Func<int, Vector128<ulong>> constantsFor)
{
    public const int StateBytes = 16;

    private readonly Vector128<ulong> _by128 = constantsFor(128);
    private readonly Vector128<ulong> _by512 = constantsFor(512);
    private readonly Vector128<ulong> _by2048 = constantsFor(2048);

    public static bool IsSupported => Pclmulqdq.IsSupported || ArmAes.IsSupported;

    /// <summary>Takes as many whole multiples of 16 bytes as there are (at least 64 bytes); the rest is the caller's.</summary>
    /// <returns>Bytes taken.</returns>
    public int Fold(ulong register, ReadOnlySpan<byte> data, Span<byte> remainder) =>
        Pclmulqdq.V512.IsSupported && data.Length >= 512 ? Fold512(register, data, remainder) : Fold128(register, data, remainder);

    internal int Fold128(ulong register, ReadOnlySpan<byte> data, Span<byte> remainder)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        var a = Load(ref start, 0) ^ Vector128.CreateScalar(register);
        var b = Load(ref start, 16);
        var c = Load(ref start, 32);
        var d = Load(ref start, 48);
        var done = 64;
        for (; done + 64 <= data.Length; done += 64)
        {
            a = Move(a, _by512) ^ Load(ref start, done);
            b = Move(b, _by512) ^ Load(ref start, done + 16);
            c = Move(c, _by512) ^ Load(ref start, done + 32);
            d = Move(d, _by512) ^ Load(ref start, done + 48);
        }
        return Finish(a, b, c, d, data, done, remainder);
    }

    /// <summary>Four registers of 512 bits; needs 256 bytes.</summary>
    internal int Fold512(ulong register, ReadOnlySpan<byte> data, Span<byte> remainder)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        var far = Vector512.Create(Vector256.Create(_by2048, _by2048), Vector256.Create(_by2048, _by2048));
        var near = Vector512.Create(Vector256.Create(_by512, _by512), Vector256.Create(_by512, _by512));
        var a = Load512(ref start, 0) ^ Vector512.CreateScalar(register);
        var b = Load512(ref start, 64);
        var c = Load512(ref start, 128);
        var d = Load512(ref start, 192);
        var done = 256;
        for (; done + 256 <= data.Length; done += 256)
        {
            a = Move(a, far) ^ Load512(ref start, done);
            b = Move(b, far) ^ Load512(ref start, done + 64);
            c = Move(c, far) ^ Load512(ref start, done + 128);
            d = Move(d, far) ^ Load512(ref start, done + 192);
        }
        d ^= Move(c ^ Move(b ^ Move(a, near), near), near);
        for (; done + 64 <= data.Length; done += 64) d = Move(d, near) ^ Load512(ref start, done);

        var (low, high) = (d.GetLower(), d.GetUpper());
        return Finish(low.GetLower(), low.GetUpper(), high.GetLower(), high.GetUpper(), data, done, remainder);
    }

    private int Finish(
        Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c, Vector128<ulong> d,
        ReadOnlySpan<byte> data, int done, Span<byte> remainder)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        d ^= Move(c ^ Move(b ^ Move(a, _by128), _by128), _by128);
        for (; done + 16 <= data.Length; done += 16) d = Move(d, _by128) ^ Load(ref start, done);
        d.AsByte().CopyTo(remainder);
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Move(Vector128<ulong> state, Vector128<ulong> constants)
    {
        if (Pclmulqdq.IsSupported)
            return Pclmulqdq.CarrylessMultiply(state, constants, 0x00) ^ Pclmulqdq.CarrylessMultiply(state, constants, 0x11);
        return ArmAes.PolynomialMultiplyWideningLower(state.GetLower(), constants.GetLower())
            ^ ArmAes.PolynomialMultiplyWideningUpper(state, constants);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Move(Vector512<ulong> state, Vector512<ulong> constants) =>
        Pclmulqdq.V512.CarrylessMultiply(state, constants, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(state, constants, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte start, int offset) =>
        Unsafe.ReadUnaligned<Vector128<ulong>>(ref Unsafe.Add(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load512(ref byte start, int offset) =>
        Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref start, offset));
}
