using System.Buffers.Binary;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Storage.Drives;

/// <summary>Checksums of headers, footers and rows: XXH3-64, seeded with the place where the bytes belong.</summary>
internal static class Seal
{
    public static ulong Compute(ReadOnlySpan<byte> bytes, Guid nonce, long offset)
    {
        Span<byte> place = stackalloc byte[24];
        nonce.TryWriteBytes(place, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], offset);
        return Compute(bytes, place);
    }

    public static ulong Compute(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> place) =>
        XxHash3.Hash64(bytes, XxHash3.Hash64(place));
}
