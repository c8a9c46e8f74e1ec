using System.Buffers.Binary;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Metadata.Embedded;

/// <summary>
/// Which drives hold the metadata. <paramref name="Reserved"/> is the highest epoch that the run which wrote the record
/// may use: a later run starts above it, so that no two runs ever give one epoch to different members.
/// </summary>
/// <remarks>
/// Drawn in docs/formats/journal.md:
/// magic "OSMB" (4), version (1), zeros (3), epoch (8), reserved (8), count (4), zeros (4), count × drive id (16), XXH3 of all before (8). Little-endian.
/// </remarks>
internal sealed record Membership(ulong Epoch, ulong Reserved, IReadOnlyList<DriveId> Members)
{
    private const int HeaderBytes = 32;
    private const int ChecksumBytes = 8;
    private const byte Version = 1;

    private static ReadOnlySpan<byte> Magic => "OSMB"u8;

    public bool Has(DriveId drive) => Members.Contains(drive);

    public byte[] Encode()
    {
        var record = new byte[HeaderBytes + Members.Count * DriveId.SizeBytes + ChecksumBytes];
        Magic.CopyTo(record);
        record[4] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(8), Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(16), Reserved);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(24), Members.Count);
        for (var i = 0; i < Members.Count; i++) Members[i].WriteTo(record.AsSpan(HeaderBytes + i * DriveId.SizeBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(record.Length - ChecksumBytes), XxHash3.Hash64(record.AsSpan(0, record.Length - ChecksumBytes)));
        return record;
    }

    /// <exception cref="InvalidDataException">The record does not verify or is of a newer format.</exception>
    public static Membership Decode(ReadOnlySpan<byte> record)
    {
        if (record.Length < HeaderBytes + ChecksumBytes || !record.StartsWith(Magic)) throw new InvalidDataException("The membership record is none.");
        if (record[4] != Version) throw new InvalidDataException($"The membership record has version {record[4]}, which this program does not know.");
        var body = record[..^ChecksumBytes];
        var count = BinaryPrimitives.ReadInt32LittleEndian(record[24..]);
        if (XxHash3.Hash64(body) != BinaryPrimitives.ReadUInt64LittleEndian(record[^ChecksumBytes..]) || body.Length != HeaderBytes + (long)count * DriveId.SizeBytes)
            throw new InvalidDataException("The membership record does not verify.");
        var members = new DriveId[count];
        for (var i = 0; i < count; i++) members[i] = DriveId.ReadFrom(record[(HeaderBytes + i * DriveId.SizeBytes)..]);
        return new Membership(BinaryPrimitives.ReadUInt64LittleEndian(record[8..]), BinaryPrimitives.ReadUInt64LittleEndian(record[16..]), members);
    }
}
