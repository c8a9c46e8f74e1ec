using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ObjectStore.Storage.Checksums;

/// <summary>
/// The long-input part of XXH3: eight 64-bit lanes take stripes of 64 bytes; a block is 16 stripes, each with the secret
/// moved on by 8 bytes, and is followed by a scramble. Little-endian only, as all of the format.
/// </summary>
internal static unsafe class XxHash3Core
{
    public const int Lanes = 8;
    public const int StripeBytes = 64;
    public const int SecretBytes = 192;
    public const int StripesPerBlock = (SecretBytes - StripeBytes) / SecretStep;
    public const int SecretStep = 8;

    public const ulong Prime32A = 0x9E3779B1;
    public const ulong Prime32B = 0x85EBCA77;
    public const ulong Prime32C = 0xC2B2AE3D;
    public const ulong Prime64A = 0x9E3779B185EBCA87;
    public const ulong Prime64B = 0xC2B2AE3D27D4EB4F;
    public const ulong Prime64C = 0x165667B19E3779F9;
    public const ulong Prime64D = 0x85EBCA77C2B2AE63;
    public const ulong Prime64E = 0x27D4EB2F165667C5;

    private const int LastStripeSecret = SecretBytes - StripeBytes - 7;
    private const int MergeSecret = 11;

    /// <summary>The default secret of the specification.</summary>
    public static ReadOnlySpan<byte> Secret =>
    [
        0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
        0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
        0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
        0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
        0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
        0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
        0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
        0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
        0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
        0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
        0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
        0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
    ];

    public static void DeriveSecret(byte* destination, ulong seed)
    {
        Secret.CopyTo(new Span<byte>(destination, SecretBytes));
        if (seed == 0) return;
        for (var i = 0; i < SecretBytes; i += 16)
        {
            *(ulong*)(destination + i) += seed;
            *(ulong*)(destination + i + 8) -= seed;
        }
    }

    public static void Initialize(ulong* lanes)
    {
        lanes[0] = Prime32C;
        lanes[1] = Prime64A;
        lanes[2] = Prime64B;
        lanes[3] = Prime64C;
        lanes[4] = Prime64D;
        lanes[5] = Prime32B;
        lanes[6] = Prime64E;
        lanes[7] = Prime32A;
    }

    /// <summary>Takes whole stripes, scrambling wherever a block ends.</summary>
    /// <param name="inBlock">Stripes taken in the present block; moved on.</param>
    public static void Consume(ulong* lanes, byte* data, int stripes, byte* secret, ref int inBlock)
    {
        while (stripes > 0)
        {
            var count = Math.Min(stripes, StripesPerBlock - inBlock);
            XxHash3Kernels.Accumulate(lanes, data, count, secret + inBlock * SecretStep);
            data += count * StripeBytes;
            stripes -= count;
            inBlock += count;
            if (inBlock < StripesPerBlock) continue;
            XxHash3Kernels.Scramble(lanes, secret + SecretBytes - StripeBytes);
            inBlock = 0;
        }
    }

    public static void LastStripe(ulong* lanes, byte* stripe, byte* secret) =>
        XxHash3Kernels.Accumulate(lanes, stripe, 1, secret + LastStripeSecret);

    public static ulong Merge64(ulong* lanes, byte* secret, ulong length) =>
        Merge(lanes, secret + MergeSecret, length * Prime64A);

    public static UInt128 Merge128(ulong* lanes, byte* secret, ulong length) => new(
        Merge(lanes, secret + SecretBytes - StripeBytes - MergeSecret, ~(length * Prime64B)),
        Merge(lanes, secret + MergeSecret, length * Prime64A));

    public static ulong Avalanche(ulong hash)
    {
        hash ^= hash >> 37;
        hash *= 0x165667919E3779F9;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyFold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out ulong low);
        return low ^ high;
    }

    private static ulong Merge(ulong* lanes, byte* secret, ulong start)
    {
        for (var i = 0; i < Lanes; i += 2)
            start += MultiplyFold(lanes[i] ^ *(ulong*)(secret + i * 8), lanes[i + 1] ^ *(ulong*)(secret + i * 8 + 8));
        return Avalanche(start);
    }
}
