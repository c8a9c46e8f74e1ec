using System.Buffers.Binary;
using Google.Protobuf;
using ObjectStore.Metadata.Schema;
using ObjectStore.Storage;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Objects;

/// <summary>Which file of the spool it is. A name is used once.</summary>
internal readonly record struct LogSpoolName(DriveId Drive, uint Session, uint Number)
{
    public const string Extension = ".spool";

    public string FileName => $"{Session:x8}-{Number:x8}{Extension}";

    public byte[] RowKey()
    {
        Span<byte> drive = stackalloc byte[DriveId.SizeBytes];
        Drive.WriteTo(drive);
        return SchemaKeys.LogSpool(drive, Session, Number);
    }

    public static LogSpoolName? Parse(DriveId drive, string fileName)
    {
        const int digits = 8;
        if (fileName.Length != 2 * digits + 1 + Extension.Length || fileName[digits] != '-' || !fileName.EndsWith(Extension, StringComparison.Ordinal)) return null;
        return uint.TryParse(fileName.AsSpan(0, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var session)
            && uint.TryParse(fileName.AsSpan(digits + 1, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var number)
            ? new LogSpoolName(drive, session, number) : null;
    }
}

/// <summary>
/// The bytes of a spool file. Drawn in docs/formats/storage.md, "Spool of access logs"; keep in step. A frame proves itself: its checksum covers the file's
/// name and the frame's own place beside its payload, so that nothing that is left over passes for one.
/// </summary>
internal static class LogSpoolFormat
{
    public const int HeaderBytes = 64;
    public const int FrameBytes = 8;
    public const int RecordsBytes = 1 + 4 + 8 + 4 + 4;

    /// <summary>Of a payload. A record is at most as long as the headers of a request, percent-encoded; several are cut.</summary>
    public const int MaxPayloadBytes = 256 * 1024;

    public const byte RouteKind = 1;
    public const byte RecordsKind = 2;

    private const int HeaderCrcOffset = 32;

    private static ReadOnlySpan<byte> Magic => "OSLOGSP1"u8;

    public static void WriteHeader(Span<byte> header, LogSpoolName name)
    {
        header[..HeaderBytes].Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], name.Session);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], name.Number);
        name.Drive.WriteTo(header[16..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[HeaderCrcOffset..], Crc32C.Compute(header[..HeaderCrcOffset]));
    }

    public static bool IsHeaderOf(ReadOnlySpan<byte> file, LogSpoolName name)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header, name);
        return file.StartsWith(header);
    }

    /// <summary>Completes a frame whose payload stands behind its first <see cref="FrameBytes"/>.</summary>
    public static void Seal(Span<byte> frame, LogSpoolName name, long offset)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)(frame.Length - FrameBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], ChecksumOf(frame[FrameBytes..], name, offset));
    }

    /// <summary>The payload of the frame at the beginning of <paramref name="rest"/>; empty if there is none.</summary>
    public static ReadOnlyMemory<byte> Open(ReadOnlyMemory<byte> rest, LogSpoolName name, long offset)
    {
        if (rest.Length <= FrameBytes) return default;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(rest.Span);
        if (length is 0 or > MaxPayloadBytes || length > rest.Length - FrameBytes) return default;
        var payload = rest.Slice(FrameBytes, (int)length);
        return BinaryPrimitives.ReadUInt32LittleEndian(rest.Span[4..]) == ChecksumOf(payload.Span, name, offset) ? payload : default;
    }

    public static byte[] RouteOf(uint id, LogRoute route)
    {
        var record = route.ToRow(0, []);
        var payload = new byte[1 + sizeof(uint) + record.CalculateSize()];
        payload[0] = RouteKind;
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(1), id);
        record.WriteTo(payload.AsSpan(1 + sizeof(uint)));
        return payload;
    }

    public static void WriteRecords(Span<byte> payload, uint route, ulong ticks, uint part, int count, ReadOnlySpan<byte> lines)
    {
        payload[0] = RecordsKind;
        BinaryPrimitives.WriteUInt32LittleEndian(payload[1..], route);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[5..], ticks);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[13..], part);
        BinaryPrimitives.WriteInt32LittleEndian(payload[17..], count);
        lines.CopyTo(payload[RecordsBytes..]);
    }

    /// <summary>What a payload says: a route is put into <paramref name="routes"/>, records of a known one are returned.</summary>
    /// <param name="isUnknown">It says what nobody understands.</param>
    public static LogFrame? Read(ReadOnlyMemory<byte> payload, long offset, Dictionary<uint, LogRoute> routes, out bool isUnknown)
    {
        isUnknown = false;
        var span = payload.Span;
        if (span[0] == RouteKind && span.Length > 1 + sizeof(uint))
        {
            routes[BinaryPrimitives.ReadUInt32LittleEndian(span[1..])] = LogRoute.Of(LogRowRecord.Parser.ParseFrom(span[(1 + sizeof(uint))..]));
            return null;
        }
        if (span[0] == RecordsKind && span.Length >= RecordsBytes && routes.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(span[1..]), out var route))
        {
            return new LogFrame(route, BinaryPrimitives.ReadUInt64LittleEndian(span[5..]), BinaryPrimitives.ReadUInt32LittleEndian(span[13..]),
                BinaryPrimitives.ReadInt32LittleEndian(span[17..]), payload[RecordsBytes..], offset);
        }
        isUnknown = true;
        return null;
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> payload, LogSpoolName name, long offset)
    {
        Span<byte> place = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(place, name.Session);
        BinaryPrimitives.WriteUInt32LittleEndian(place[4..], name.Number);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], offset);
        return Crc32C.Append(Crc32C.Compute(place), payload);
    }
}
