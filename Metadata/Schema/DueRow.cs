using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Schema;

/// <summary>What a row of table t is about. Stored.</summary>
public enum DueKind : byte
{
    /// <summary>One version.</summary>
    Version = (byte)'o',

    /// <summary>The versions behind one that became noncurrent.</summary>
    Excess = (byte)'n',

    /// <summary>One upload in parts.</summary>
    Upload = (byte)'u',

    /// <summary>A copy of a version that was restored from its tier.</summary>
    Restore = (byte)'r',

    /// <summary>A bucket whose rules have changed.</summary>
    Walk = (byte)'w',
}

/// <summary>A key of table t, taken apart. docs/formats/metadata-keys.md draws it.</summary>
/// <param name="ObjectKey">Empty for a walk.</param>
/// <param name="Sequence">Of the version; 0 for others.</param>
/// <param name="Upload">None but for an upload.</param>
public sealed record DueRow(byte[] RowKey, ulong DueTicks, DueKind Kind, ulong BucketId, byte[] ObjectKey, ulong Sequence, ContentId Upload)
{
    public static ulong TicksOf(ReadOnlySpan<byte> rowKey) => System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(rowKey[1..]);

    /// <exception cref="KvException">Corrupt.</exception>
    public static DueRow Parse(ReadOnlySpan<byte> rowKey)
    {
        var reader = new KeyReader(rowKey);
        var due = reader.UInt64();
        var kind = (DueKind)reader.Byte();
        var bucket = reader.UInt64();
        var key = kind == DueKind.Walk ? [] : reader.Bytes();
        var sequence = kind is DueKind.Version or DueKind.Excess or DueKind.Restore ? reader.UInt64() : 0;
        var upload = kind == DueKind.Upload ? ContentId.ReadFrom(reader.Raw(ContentId.SizeBytes)) : default;
        return new DueRow(rowKey.ToArray(), due, kind, bucket, key, sequence, upload);
    }
}
