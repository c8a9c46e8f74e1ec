using System.Buffers.Binary;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>Bytes of the log's files. Keep in step with docs/formats/storage.md, section "Log".</summary>
internal static class LogFormat
{
    public const byte Version = 1;
    public const int FileHeaderBytes = IoAlignment.Bytes;
    public const long FirstGroupOffset = FileHeaderBytes;

    /// <summary>First record of every file: what is known of the ends of earlier files.</summary>
    public const byte FileStartKind = 240;

    /// <summary>Last record of a file that was left in good order.</summary>
    public const byte SealKind = 241;

    public const string FileSuffix = ".log";

    /// <summary>A file that is being filled with zeros; never holds a record.</summary>
    public const string PreparedSuffix = ".next";

    public const string LockFile = "lock";

    private const int HeaderChecksumOffset = 508;

    private static ReadOnlySpan<byte> FileMagic => "OBJSTLOG"u8;

    public static string FileName(long number, string suffix) => FormattableString.Invariant($"{number:D16}{suffix}");

    public static bool TryParseName(string name, string suffix, out long number)
    {
        number = 0;
        return name.Length == 16 + suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, 16), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number);
    }

    public static bool IsInternal(byte kind) => kind > LogLimits.MaxKind;

    /// <summary>Bytes of a record, padding to the next one included.</summary>
    public static long RecordBytes(int payloadBytes) => LogLimits.AlignRecord(LogLimits.RecordHeaderBytes + (long)payloadBytes);

    public static void WriteFileHeader(Span<byte> destination, LogFileIdentity identity)
    {
        destination[..FileHeaderBytes].Clear();
        FileMagic.CopyTo(destination);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], Version);
        identity.Owner.TryWriteBytes(destination[16..], bigEndian: true, out _);
        identity.Nonce.TryWriteBytes(destination[32..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], identity.Number);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[HeaderChecksumOffset..], Crc32C.Compute(destination[..HeaderChecksumOffset]));
    }

    /// <summary>False if the bytes are no intact header.</summary>
    /// <exception cref="LogException">Foreign: intact, but of a newer format.</exception>
    public static bool TryReadFileHeader(ReadOnlySpan<byte> source, out LogFileIdentity identity)
    {
        identity = default;
        if (source.Length < 512 || !source.StartsWith(FileMagic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[HeaderChecksumOffset..]) != Crc32C.Compute(source[..HeaderChecksumOffset])) return false;
        var version = BinaryPrimitives.ReadUInt16LittleEndian(source[8..]);
        if (version != Version) throw new LogException(LogFault.Foreign, $"A log file has format {version}; this program reads format {Version}.");
        identity = new LogFileIdentity(
            new Guid(source.Slice(16, 16), bigEndian: true), new Guid(source.Slice(32, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(source[48..]));
        return true;
    }
}

/// <param name="Nonce">128 random bits, which tell this file's records from copies of others in payloads.</param>
internal readonly record struct LogFileIdentity(Guid Owner, Guid Nonce, long Number);

/// <summary>The header before every payload.</summary>
/// <param name="GroupDistance">Bytes from the start of the group to this record; 0 for a group's first.</param>
internal readonly record struct LogRecordHeader(byte Kind, int PayloadBytes, int GroupDistance, long Offset, long Lsn, uint PayloadCrc)
{
    private const uint Magic = 0x31524C4F; // "OLR1"
    private const int ChecksumOffset = 76;

    public void WriteTo(Span<byte> destination, LogFileIdentity file)
    {
        destination[..LogLimits.RecordHeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        destination[4] = LogFormat.Version;
        destination[5] = Kind;
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], PayloadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], GroupDistance);
        file.Owner.TryWriteBytes(destination[16..], bigEndian: true, out _);
        file.Nonce.TryWriteBytes(destination[32..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[56..], Lsn);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[64..], PayloadCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumOffset..], Crc32C.Compute(destination[..ChecksumOffset]));
    }

    /// <summary>Whether these bytes are the header of a record of this file at this offset. Everything must match.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, LogFileIdentity file, long offset, out LogRecordHeader header)
    {
        header = default;
        if (!TryReadAnyFile(source, file.Owner, offset, out header, out var nonce)) return false;
        return nonce == file.Nonce;
    }

    /// <summary>The same without knowing the file's nonce, for a file whose own header is damaged.</summary>
    public static bool TryReadAnyFile(ReadOnlySpan<byte> source, Guid owner, long offset, out LogRecordHeader header, out Guid nonce)
    {
        header = default;
        nonce = default;
        if (source.Length < LogLimits.RecordHeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic) return false;
        if (source[4] != LogFormat.Version || BinaryPrimitives.ReadInt64LittleEndian(source[48..]) != offset) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Crc32C.Compute(source[..ChecksumOffset])) return false;
        if (new Guid(source.Slice(16, 16), bigEndian: true) != owner) return false;
        nonce = new Guid(source.Slice(32, 16), bigEndian: true);
        header = new LogRecordHeader(
            source[5], BinaryPrimitives.ReadInt32LittleEndian(source[8..]), BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            offset, BinaryPrimitives.ReadInt64LittleEndian(source[56..]), BinaryPrimitives.ReadUInt32LittleEndian(source[64..]));
        return header.PayloadBytes is >= 0 and <= LogLimits.MaxPayloadBytes;
    }

    public LogEntry EntryIn(long fileNumber) => new(new LogPosition(fileNumber, Offset), Lsn, Kind, PayloadBytes);
}

/// <summary>Where a file ended that a crash left without a seal; found once, at the open after it, and kept ever since.</summary>
internal readonly record struct LogFileEnd(long FileNumber, long Offset, long LastLsn)
{
    private const int SizeBytes = 24;

    public static byte[] WriteList(IReadOnlyCollection<LogFileEnd> ends)
    {
        var payload = new byte[ends.Count * SizeBytes];
        var rest = payload.AsSpan();
        foreach (var end in ends)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, end.FileNumber);
            BinaryPrimitives.WriteInt64LittleEndian(rest[8..], end.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(rest[16..], end.LastLsn);
            rest = rest[SizeBytes..];
        }
        return payload;
    }

    public static List<LogFileEnd> ReadList(ReadOnlySpan<byte> payload)
    {
        var ends = new List<LogFileEnd>(payload.Length / SizeBytes);
        for (; payload.Length >= SizeBytes; payload = payload[SizeBytes..])
        {
            ends.Add(new LogFileEnd(
                BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(payload[16..])));
        }
        return ends;
    }
}
