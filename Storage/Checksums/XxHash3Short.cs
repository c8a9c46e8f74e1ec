using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using static ObjectStore.Storage.Checksums.XxHash3Core;

namespace ObjectStore.Storage.Checksums;

/// <summary>XXH3 of up to 240 bytes: a formula of its own per class of lengths, as the specification gives them.</summary>
internal static class XxHash3Short
{
    public const int MaxBytes = 240;

    private const ulong Mixer = 0x9FB21C651E98DF25;

    /// <summary>Where the last 16 (32) bytes of a 129 to 240 byte input meet the secret: its minimal size less 17 (and 16).</summary>
    private const int MidLastSecret = 119;
    private const int MidLastSecret128 = 103;

    public static ulong Hash64(ReadOnlySpan<byte> data, ulong seed) => data.Length switch
    {
        0 => Avalanche64(seed ^ Word(Secret, 56) ^ Word(Secret, 64)),
        <= 3 => Hash64To3(data, seed),
        <= 8 => Hash64To8(data, seed),
        <= 16 => Hash64To16(data, seed),
        <= 128 => Hash64To128(data, seed),
        _ => Hash64To240(data, seed),
    };

    public static UInt128 Hash128(ReadOnlySpan<byte> data, ulong seed) => data.Length switch
    {
        0 => new(Avalanche64(seed ^ Word(Secret, 80) ^ Word(Secret, 88)), Avalanche64(seed ^ Word(Secret, 64) ^ Word(Secret, 72))),
        <= 3 => Hash128To3(data, seed),
        <= 8 => Hash128To8(data, seed),
        <= 16 => Hash128To16(data, seed),
        <= 128 => Hash128To128(data, seed),
        _ => Hash128To240(data, seed),
    };

    private static ulong Hash64To3(ReadOnlySpan<byte> data, ulong seed) =>
        Avalanche64(Pack3(data) ^ ((Half(Secret, 0) ^ Half(Secret, 4)) + seed));

    private static ulong Hash64To8(ReadOnlySpan<byte> data, ulong seed)
    {
        seed ^= (ulong)BinaryPrimitives.ReverseEndianness((uint)seed) << 32;
        var flip = (Word(Secret, 8) ^ Word(Secret, 16)) - seed;
        var hash = (Half(data, data.Length - 4) + (Half(data, 0) << 32)) ^ flip;
        hash ^= BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24);
        hash *= Mixer;
        hash ^= (hash >> 35) + (ulong)data.Length;
        hash *= Mixer;
        return hash ^ (hash >> 28);
    }

    private static ulong Hash64To16(ReadOnlySpan<byte> data, ulong seed)
    {
        var low = Word(data, 0) ^ ((Word(Secret, 24) ^ Word(Secret, 32)) + seed);
        var high = Word(data, data.Length - 8) ^ ((Word(Secret, 40) ^ Word(Secret, 48)) - seed);
        return Avalanche((ulong)data.Length + BinaryPrimitives.ReverseEndianness(low) + high + MultiplyFold(low, high));
    }

    private static ulong Hash64To128(ReadOnlySpan<byte> data, ulong seed)
    {
        var sum = (ulong)data.Length * Prime64A;
        for (var i = (data.Length - 1) / 32; i >= 0; i--)
        {
            sum += Mix16(data, i * 16, i * 32, seed);
            sum += Mix16(data, data.Length - 16 * (i + 1), i * 32 + 16, seed);
        }
        return Avalanche(sum);
    }

    private static ulong Hash64To240(ReadOnlySpan<byte> data, ulong seed)
    {
        var sum = (ulong)data.Length * Prime64A;
        for (var i = 0; i < 8; i++) sum += Mix16(data, i * 16, i * 16, seed);
        sum = Avalanche(sum);
        for (var i = 8; i < data.Length / 16; i++) sum += Mix16(data, i * 16, (i - 8) * 16 + 3, seed);
        return Avalanche(sum + Mix16(data, data.Length - 16, MidLastSecret, seed));
    }

    private static UInt128 Hash128To3(ReadOnlySpan<byte> data, ulong seed)
    {
        var low = Pack3(data);
        var high = BitOperations.RotateLeft(BinaryPrimitives.ReverseEndianness(low), 13);
        return new(
            Avalanche64(high ^ ((Half(Secret, 8) ^ Half(Secret, 12)) - seed)),
            Avalanche64(low ^ ((Half(Secret, 0) ^ Half(Secret, 4)) + seed)));
    }

    private static UInt128 Hash128To8(ReadOnlySpan<byte> data, ulong seed)
    {
        seed ^= (ulong)BinaryPrimitives.ReverseEndianness((uint)seed) << 32;
        var flip = (Word(Secret, 16) ^ Word(Secret, 24)) + seed;
        var keyed = (Half(data, 0) + (Half(data, data.Length - 4) << 32)) ^ flip;
        var high = Math.BigMul(keyed, Prime64A + ((ulong)data.Length << 2), out ulong low);
        high += low << 1;
        low ^= high >> 3;
        low ^= low >> 35;
        low *= Mixer;
        low ^= low >> 28;
        return new(Avalanche(high), low);
    }

    private static UInt128 Hash128To16(ReadOnlySpan<byte> data, ulong seed)
    {
        var flipLow = (Word(Secret, 32) ^ Word(Secret, 40)) - seed;
        var flipHigh = (Word(Secret, 48) ^ Word(Secret, 56)) + seed;
        var first = Word(data, 0);
        var last = Word(data, data.Length - 8);
        var high = Math.BigMul(first ^ last ^ flipLow, Prime64A, out ulong low);
        low += (ulong)(data.Length - 1) << 54;
        last ^= flipHigh;
        high += last + (last & 0xFFFFFFFF) * (Prime32B - 1);
        low ^= BinaryPrimitives.ReverseEndianness(high);
        var resultHigh = Math.BigMul(low, Prime64B, out ulong resultLow) + high * Prime64B;
        return new(Avalanche(resultHigh), Avalanche(resultLow));
    }

    private static UInt128 Hash128To128(ReadOnlySpan<byte> data, ulong seed)
    {
        var low = (ulong)data.Length * Prime64A;
        ulong high = 0;
        for (var i = (data.Length - 1) / 32; i >= 0; i--)
            Mix32(ref low, ref high, data, i * 16, data.Length - 16 * (i + 1), i * 32, seed);
        return Finish128(low, high, data.Length, seed);
    }

    private static UInt128 Hash128To240(ReadOnlySpan<byte> data, ulong seed)
    {
        var low = (ulong)data.Length * Prime64A;
        ulong high = 0;
        for (var i = 0; i < 128; i += 32) Mix32(ref low, ref high, data, i, i + 16, i, seed);
        low = Avalanche(low);
        high = Avalanche(high);
        for (var i = 128; i + 32 <= data.Length; i += 32) Mix32(ref low, ref high, data, i, i + 16, i - 128 + 3, seed);
        Mix32(ref low, ref high, data, data.Length - 16, data.Length - 32, MidLastSecret128, 0 - seed);
        return Finish128(low, high, data.Length, seed);
    }

    private static UInt128 Finish128(ulong low, ulong high, int length, ulong seed) => new(
        0 - Avalanche(low * Prime64A + high * Prime64D + ((ulong)length - seed) * Prime64B),
        Avalanche(low + high));

    private static void Mix32(ref ulong low, ref ulong high, ReadOnlySpan<byte> data, int first, int second, int secret, ulong seed)
    {
        low += Mix16(data, first, secret, seed);
        low ^= Word(data, second) + Word(data, second + 8);
        high += Mix16(data, second, secret + 16, seed);
        high ^= Word(data, first) + Word(data, first + 8);
    }

    private static ulong Mix16(ReadOnlySpan<byte> data, int offset, int secret, ulong seed) => MultiplyFold(
        Word(data, offset) ^ (Word(Secret, secret) + seed),
        Word(data, offset + 8) ^ (Word(Secret, secret + 8) - seed));

    private static uint Pack3(ReadOnlySpan<byte> data) =>
        ((uint)data[0] << 16) | ((uint)data[data.Length >> 1] << 24) | data[^1] | ((uint)data.Length << 8);

    private static ulong Avalanche64(ulong hash)
    {
        hash ^= hash >> 33;
        hash *= Prime64B;
        hash ^= hash >> 29;
        hash *= Prime64C;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Half(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);
}
