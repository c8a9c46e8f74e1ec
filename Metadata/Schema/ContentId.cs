using System.Buffers.Binary;

namespace ObjectStore.Metadata.Schema;

/// <summary>Names one content for ever: the session that made it and its number there. The blobs of a content carry both in their ids.</summary>
public readonly record struct ContentId(uint Session, ulong Number) : IComparable<ContentId>
{
    public const int SizeBytes = 12;

    public bool IsNone => Session == 0 && Number == 0;

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Session);
        BinaryPrimitives.WriteUInt64BigEndian(destination[4..], Number);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        WriteTo(bytes);
        return bytes;
    }

    public static ContentId ReadFrom(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[4..]));

    /// <summary>The id in a record's bytes field; none when the field is absent.</summary>
    public static ContentId FromField(Google.Protobuf.ByteString field) => field.IsEmpty ? default : ReadFrom(field.Span);

    public int CompareTo(ContentId other)
    {
        var bySession = Session.CompareTo(other.Session);
        return bySession != 0 ? bySession : Number.CompareTo(other.Number);
    }

    public static bool operator <(ContentId left, ContentId right) => left.CompareTo(right) < 0;
    public static bool operator >(ContentId left, ContentId right) => left.CompareTo(right) > 0;
    public static bool operator <=(ContentId left, ContentId right) => left.CompareTo(right) <= 0;
    public static bool operator >=(ContentId left, ContentId right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Session:x8}-{Number:x16}";
}
