using System.Buffers.Binary;

namespace ObjectStore.Storage.Drives;

/// <summary>
/// Where an extent lies: which segment, from which byte (its header) on, and how many bytes are its own.
/// The nonce is the segment file's, so that an address never fits a later file that has the same number.
/// A logged shard has <see cref="None"/>.
/// </summary>
internal readonly record struct ExtentAddress(long Segment, Guid Nonce, long Offset, long ReservedBytes)
{
    public const int SizeBytes = 40;

    public static ExtentAddress None => default;

    public bool IsNone => ReservedBytes == 0;

    public void WriteTo(Span<byte> d)
    {
        BinaryPrimitives.WriteInt64LittleEndian(d, Segment);
        Nonce.TryWriteBytes(d[8..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(d[24..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(d[32..], ReservedBytes);
    }

    public static ExtentAddress ReadFrom(ReadOnlySpan<byte> s) => new(
        BinaryPrimitives.ReadInt64LittleEndian(s),
        new Guid(s.Slice(8, 16), bigEndian: true),
        BinaryPrimitives.ReadInt64LittleEndian(s[24..]),
        BinaryPrimitives.ReadInt64LittleEndian(s[32..]));
}
