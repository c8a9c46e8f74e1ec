using System.Numerics;
using System.Runtime.CompilerServices;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>One lane: any little-endian processor.</summary>
internal readonly unsafe struct Md5Scalar : IMd5Engine<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Add(uint a, uint b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint F(uint a, uint b, uint c, uint d, uint message, uint constant, byte rotation) =>
        b + BitOperations.RotateLeft(a + message + constant + (d ^ (b & (c ^ d))), rotation);

    // The two halves of the selection have no bit in common, so they can be added one by one; only one of them waits for b.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint G(uint a, uint b, uint c, uint d, uint message, uint constant, byte rotation) =>
        b + BitOperations.RotateLeft(a + message + constant + (c & ~d) + (b & d), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint H(uint a, uint b, uint c, uint d, uint message, uint constant, byte rotation) =>
        b + BitOperations.RotateLeft(a + message + constant + (b ^ (c ^ d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint I(uint a, uint b, uint c, uint d, uint message, uint constant, byte rotation) =>
        b + BitOperations.RotateLeft(a + message + constant + (c ^ (b | ~d)), rotation);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint* Words(byte** lanes, nint offset, uint* scratch) => (uint*)(lanes[0] + offset);
}
