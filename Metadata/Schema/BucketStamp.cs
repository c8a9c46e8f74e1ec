using System.Buffers.Binary;

namespace ObjectStore.Metadata.Schema;

/// <summary>
/// Which bucket a <see cref="BucketRecord"/> is of and which version of its configuration, parsed in place without an allocation:
/// every request looks. Keep in step with records.proto.
/// </summary>
public readonly record struct BucketStamp(ulong Id, ulong ConfigVersion)
{
    private const ulong IdField = 1;
    private const ulong ConfigVersionField = 17;

    /// <exception cref="InvalidDataException">Not a bucket record.</exception>
    public static BucketStamp Parse(ReadOnlySpan<byte> record)
    {
        var (id, version) = (0UL, 0UL);
        while (!record.IsEmpty)
        {
            var tag = ReadVarint(ref record);
            switch (tag & 7)
            {
                case 0:
                    ReadVarint(ref record);
                    break;
                case 1:
                    var value = BinaryPrimitives.ReadUInt64LittleEndian(Take(ref record, sizeof(ulong)));
                    if (tag >> 3 == IdField) id = value;
                    if (tag >> 3 == ConfigVersionField) version = value;
                    break;
                case 2:
                    Take(ref record, ReadVarint(ref record));
                    break;
                default:
                    throw Bad();
            }
        }
        return new BucketStamp(id, version);
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(ref rest, 1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Bad();
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, ulong count)
    {
        if (count > (ulong)rest.Length) throw Bad();
        var taken = rest[..(int)count];
        rest = rest[(int)count..];
        return taken;
    }

    private static InvalidDataException Bad() => new("Not a bucket record.");
}
