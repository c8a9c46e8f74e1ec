using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ObjectStore.Storage.Checksums;

/// <summary>
/// The two loops of XXH3. Per 64-bit lane i, with v the data and k = v ^ secret: lane[i] += low32(k) * high32(k), and the
/// neighbour lane[i ^ 1] += v. All kernels give the same lanes; the scalar one is there to be read.
/// </summary>
internal static unsafe class XxHash3Kernels
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(ulong* lanes, byte* data, int stripes, byte* secret)
    {
        if (Avx512F.IsSupported) Accumulate512(lanes, data, stripes, secret);
        else if (Avx2.IsSupported) Accumulate256(lanes, data, stripes, secret);
        else if (AdvSimd.IsSupported) AccumulateArm(lanes, data, stripes, secret);
        else AccumulateScalar(lanes, data, stripes, secret);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scramble(ulong* lanes, byte* secret)
    {
        if (Avx512F.IsSupported) Scramble512(lanes, secret);
        else if (Avx2.IsSupported) Scramble256(lanes, secret);
        else ScrambleScalar(lanes, secret);
    }

    public static void AccumulateScalar(ulong* lanes, byte* data, int stripes, byte* secret)
    {
        for (; stripes > 0; stripes--, data += XxHash3Core.StripeBytes, secret += XxHash3Core.SecretStep)
        {
            for (var i = 0; i < XxHash3Core.Lanes; i++)
            {
                var value = *(ulong*)(data + i * 8);
                var key = value ^ *(ulong*)(secret + i * 8);
                lanes[i ^ 1] += value;
                lanes[i] += (key & 0xFFFFFFFF) * (key >> 32);
            }
        }
    }

    public static void ScrambleScalar(ulong* lanes, byte* secret)
    {
        for (var i = 0; i < XxHash3Core.Lanes; i++)
        {
            var lane = lanes[i];
            lanes[i] = (lane ^ (lane >> 47) ^ *(ulong*)(secret + i * 8)) * XxHash3Core.Prime32A;
        }
    }

    public static void Accumulate512(ulong* lanes, byte* data, int stripes, byte* secret)
    {
        var sum = Vector512.Load(lanes);
        for (; stripes > 0; stripes--, data += XxHash3Core.StripeBytes, secret += XxHash3Core.SecretStep)
        {
            var value = Vector512.Load((ulong*)data);
            var key = value ^ Vector512.Load((ulong*)secret);
            var product = Avx512F.Multiply(key.AsUInt32(), (key >> 32).AsUInt32());
            // 0x4E swaps the 64-bit halves of every 128 bits.
            sum += product + Avx512F.Shuffle(value.AsUInt32(), 0x4E).AsUInt64();
        }
        sum.Store(lanes);
    }

    public static void Scramble512(ulong* lanes, byte* secret)
    {
        var prime = Vector512.Create((uint)XxHash3Core.Prime32A);
        var value = Vector512.Load(lanes);
        value ^= (value >> 47) ^ Vector512.Load((ulong*)secret);
        // A 64 by 32 bit product from two of 32 by 32 bits.
        var high = Avx512F.Multiply((value >> 32).AsUInt32(), prime) << 32;
        (Avx512F.Multiply(value.AsUInt32(), prime) + high).Store(lanes);
    }

    public static void Accumulate256(ulong* lanes, byte* data, int stripes, byte* secret)
    {
        var sum0 = Vector256.Load(lanes);
        var sum1 = Vector256.Load(lanes + 4);
        for (; stripes > 0; stripes--, data += XxHash3Core.StripeBytes, secret += XxHash3Core.SecretStep)
        {
            sum0 += Step256(Vector256.Load((ulong*)data), Vector256.Load((ulong*)secret));
            sum1 += Step256(Vector256.Load((ulong*)(data + 32)), Vector256.Load((ulong*)(secret + 32)));
        }
        sum0.Store(lanes);
        sum1.Store(lanes + 4);
    }

    public static void Scramble256(ulong* lanes, byte* secret)
    {
        var prime = Vector256.Create((uint)XxHash3Core.Prime32A);
        for (var i = 0; i < XxHash3Core.Lanes; i += 4)
        {
            var value = Vector256.Load(lanes + i);
            value ^= (value >> 47) ^ Vector256.Load((ulong*)(secret + i * 8));
            var high = Avx2.Multiply((value >> 32).AsUInt32(), prime) << 32;
            (Avx2.Multiply(value.AsUInt32(), prime) + high).Store(lanes + i);
        }
    }

    private static void AccumulateArm(ulong* lanes, byte* data, int stripes, byte* secret)
    {
        for (var i = 0; i < XxHash3Core.Lanes; i += 2)
        {
            var sum = Vector128.Load(lanes + i);
            for (var stripe = 0; stripe < stripes; stripe++)
            {
                var value = Vector128.Load((ulong*)(data + stripe * XxHash3Core.StripeBytes + i * 8));
                var key = value ^ Vector128.Load((ulong*)(secret + stripe * XxHash3Core.SecretStep + i * 8));
                var low = AdvSimd.ExtractNarrowingLower(key);
                var high = AdvSimd.ShiftRightLogicalNarrowingLower(key, 32);
                sum += AdvSimd.MultiplyWideningLower(low, high) + AdvSimd.ExtractVector128(value, value, 1);
            }
            sum.Store(lanes + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Step256(Vector256<ulong> value, Vector256<ulong> secret)
    {
        var key = value ^ secret;
        return Avx2.Multiply(key.AsUInt32(), (key >> 32).AsUInt32()) + Avx2.Shuffle(value.AsUInt32(), 0x4E).AsUInt64();
    }
}
