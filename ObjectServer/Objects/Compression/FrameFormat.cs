using System.Buffers.Binary;
using ObjectStore.Storage.Checksums;

namespace ObjectStore.Server.Objects;

/// <summary>What stands behind a header. Values are stored.</summary>
internal enum FrameKind : byte
{
    /// <summary>One frame of Zstandard.</summary>
    Compressed = 0,

    /// <summary>The client's bytes: they did not shrink.</summary>
    Raw = 1,

    /// <summary>Where the frames of a group end.</summary>
    Table = 2,
}

/// <summary>
/// A compressed content: pieces of the client's bytes, each stored for itself behind a header of eight bytes. What does not fit the record of
/// the content says in tables between them where each of them ends.
/// <code>
/// | frame 0 | frame 1 | ... | frame n-1 |                                                            up to 1,024 frames
/// | frame 0 | ... | frame 8,191 | table 0 | frame 8,192 | ... | table 1 | ... | frame n-1 | table   more
/// header: | kind 2 bits, length 30 bits | check |   both little-endian, 32 bits; length is of what follows
/// </code>
/// docs/formats/compression.md draws it.
/// </summary>
internal static class FrameFormat
{
    /// <summary>Zstandard in frames: <c>CompressionRecord.method</c>.</summary>
    public const uint Method = 1;

    /// <summary>
    /// The client's bytes in a frame: as many as a block of a shard and a sealed chunk have, which the smallest range costs anyway. Measured
    /// (bench/README.md): of twice as many 1 to 3% fewer bytes are stored, and to open one takes twice as long.
    /// </summary>
    public const int FrameBytes = 64 * 1024;

    /// <summary>What a reader takes: a record that says more is damaged.</summary>
    public const int MaxFrameBytes = 4 * 1024 * 1024;

    public const int HeaderBytes = 8;

    /// <summary>Contents of more frames (64 MiB) have tables: their lengths would make the record long, which every read parses.</summary>
    public const int MaxListedFrames = 1024;

    /// <summary>Frames between two tables: less than 4 GiB even if none of them shrinks, so that 32 bits tell where one ends.</summary>
    public const int GroupFrames = 8192;

    public const int EntryBytes = 4;

    /// <summary>The table of a full group, with its header.</summary>
    public const int TableBytes = HeaderBytes + (GroupFrames * EntryBytes);

    /// <summary>A frame is stored raw unless it loses one byte in so many: what saves less is not worth opening it with every read.</summary>
    public const int LeastSaving = 8;

    /// <summary>Bodies below this stay as they are.</summary>
    public const int MinContentBytes = 4096;

    private const int KindShift = 30;

    /// <summary>The frames that <paramref name="plainBytes"/> take.</summary>
    public static long FrameCount(long plainBytes, int frameBytes) => (plainBytes + frameBytes - 1) / frameBytes;

    /// <param name="number">Of the frame in its content, or of the table.</param>
    /// <param name="stored">What stands behind the header.</param>
    public static void WriteHeader(Span<byte> header, FrameKind kind, long number, ReadOnlySpan<byte> stored)
    {
        var word = ((uint)kind << KindShift) | (uint)stored.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(header, word);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Check(word, number, stored));
    }

    public static (FrameKind Kind, int Length) ReadHeader(ReadOnlySpan<byte> header)
    {
        var word = BinaryPrimitives.ReadUInt32LittleEndian(header);
        return ((FrameKind)(word >> KindShift), (int)(word & ((1u << KindShift) - 1)));
    }

    /// <summary>Whether what follows the header is what was stored there, and as that number.</summary>
    public static bool Verifies(ReadOnlySpan<byte> header, long number, ReadOnlySpan<byte> stored) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == Check(BinaryPrimitives.ReadUInt32LittleEndian(header), number, stored);

    // The drives' checksums are below this one. It is for what they cannot see: bytes that were wrong before they were stored, or are read for others.
    private static uint Check(uint word, long number, ReadOnlySpan<byte> stored) => (uint)XxHash3.Hash64(stored, ((ulong)word << 32) ^ (ulong)number);
}
