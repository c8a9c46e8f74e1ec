using System.Buffers.Binary;

namespace ObjectStore.Storage;

/// <summary>
/// Names one blob for ever: the session of the store that wrote it, the content's number in that
/// session, and the blob's place in the content (an object or part longer than one blob is a sequence
/// of blobs). An id is never used for two attempts, so all valid copies of a shard are identical.
/// </summary>
/// <remarks>Sorted and stored big-endian, so that the blobs of a content, and of a session, lie together.</remarks>
public readonly record struct BlobId(uint Session, ulong Content, uint Ordinal) : IComparable<BlobId>
{
    public const int SizeBytes = 16;

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Session);
        BinaryPrimitives.WriteUInt64BigEndian(destination[4..], Content);
        BinaryPrimitives.WriteUInt32BigEndian(destination[12..], Ordinal);
    }

    public static BlobId ReadFrom(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32BigEndian(source),
        BinaryPrimitives.ReadUInt64BigEndian(source[4..]),
        BinaryPrimitives.ReadUInt32BigEndian(source[12..]));

    public int CompareTo(BlobId other)
    {
        var bySession = Session.CompareTo(other.Session);
        if (bySession != 0) return bySession;
        var byContent = Content.CompareTo(other.Content);
        return byContent != 0 ? byContent : Ordinal.CompareTo(other.Ordinal);
    }

    public static bool operator <(BlobId left, BlobId right) => left.CompareTo(right) < 0;
    public static bool operator >(BlobId left, BlobId right) => left.CompareTo(right) > 0;
    public static bool operator <=(BlobId left, BlobId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(BlobId left, BlobId right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Session:x8}-{Content:x16}-{Ordinal:x8}";
}
