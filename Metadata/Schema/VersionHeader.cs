using System.Buffers.Binary;

namespace ObjectStore.Metadata.Schema;

/// <summary>
/// The fields of a <see cref="VersionRecord"/> that a listing needs, parsed in place without an allocation. Fields are
/// written in the order of their numbers, so parsing ends at the client's headers (field 12); ACL and lock lie behind them.
/// Keep in step with records.proto.
/// </summary>
public ref struct VersionHeader
{
    public ulong Sequence;
    public ulong Nonce;
    public VersionFlags Flags;
    public long LengthBytes;
    public ReadOnlySpan<byte> ETag;
    public int PartCount;
    public ulong ModifiedTicks;
    public ReadOnlySpan<byte> ContentId;
    public ReadOnlySpan<byte> StorageClass;
    public ReadOnlySpan<byte> OwnerId;
    public byte ChecksumAlgorithm;
    public byte ChecksumType;

    /// <exception cref="InvalidDataException">Not a version record.</exception>
    public static VersionHeader Parse(ReadOnlySpan<byte> record)
    {
        var header = default(VersionHeader);
        while (!record.IsEmpty)
        {
            var tag = ReadVarint(ref record);
            var field = tag >> 3;
            if (field >= 12) break;
            switch (tag & 7)
            {
                case 0: header.SetVarint(field, ReadVarint(ref record)); break;
                case 1: header.SetFixed(field, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref record, 8))); break;
                case 2: header.SetBytes(field, Take(ref record, ReadVarint(ref record))); break;
                default: throw Bad();
            }
        }
        return header;
    }

    private void SetVarint(ulong field, ulong value)
    {
        switch (field)
        {
            case 3: Flags = (VersionFlags)value; break;
            case 4: LengthBytes = (long)value; break;
            case 6: PartCount = (int)value; break;
            default: throw Bad();
        }
    }

    private void SetFixed(ulong field, ulong value)
    {
        switch (field)
        {
            case 1: Sequence = value; break;
            case 2: Nonce = value; break;
            case 7: ModifiedTicks = value; break;
            default: throw Bad();
        }
    }

    private void SetBytes(ulong field, ReadOnlySpan<byte> value)
    {
        switch (field)
        {
            case 5: ETag = value; break;
            case 8: ContentId = value; break;
            case 9: StorageClass = value; break;
            case 10: OwnerId = value; break;
            case 11: ReadChecksum(value); break;
            default: throw Bad();
        }
    }

    private void ReadChecksum(ReadOnlySpan<byte> record)
    {
        while (!record.IsEmpty)
        {
            var tag = ReadVarint(ref record);
            if (tag == (1 << 3)) ChecksumAlgorithm = (byte)ReadVarint(ref record);
            else if (tag == (2 << 3)) ChecksumType = (byte)ReadVarint(ref record);
            else break;
        }
    }

    private static ulong ReadVarint(scoped ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (var i = 0; i < source.Length && i < 10; i++)
        {
            value |= (ulong)(source[i] & 0x7F) << (7 * i);
            if (source[i] >= 0x80) continue;
            source = source[(i + 1)..];
            return value;
        }
        throw Bad();
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> source, ulong length)
    {
        if (length > (ulong)source.Length) throw Bad();
        var taken = source[..(int)length];
        source = source[(int)length..];
        return taken;
    }

    private static InvalidDataException Bad() => new("A version's row does not parse.");
}
