using System.Text;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Schema;

/// <summary>Rows of table q about tiers, each sort by storage class, so that a tier that is away keeps only its own. docs/formats/metadata-keys.md draws them.</summary>
public static class TierKeys
{
    /// <summary>Versions whose bytes are to be moved there.</summary>
    public const byte Moves = (byte)'m';

    /// <summary>Versions of which a copy was asked for.</summary>
    public const byte Restores = (byte)'a';

    /// <summary>Objects there that nothing refers to any more.</summary>
    public const byte Garbage = (byte)'d';

    /// <summary>Keys there that stand for a content.</summary>
    public const byte Names = (byte)'k';

    public static KeyRange OfSort(byte sort) => KeyEncoding.PrefixRange([KvTables.Queues, sort]);

    public static KeyRange Of(byte sort, string storageClass)
    {
        var key = Begin(stackalloc byte[KvLimits.MaxKeyBytes], sort, storageClass);
        return KeyEncoding.PrefixRange(key.Written);
    }

    /// <param name="sort">Of moves or restores.</param>
    public static byte[] Version(byte sort, string storageClass, ulong bucketId, ReadOnlySpan<byte> objectKey, ulong sequence)
    {
        var key = Begin(stackalloc byte[KvLimits.MaxKeyBytes], sort, storageClass);
        key.UInt64(bucketId);
        key.Bytes(objectKey);
        key.UInt64(sequence);
        return key.ToArray();
    }

    public static byte[] GarbageOf(string storageClass, ContentId content)
    {
        var key = Begin(stackalloc byte[KvLimits.MaxKeyBytes], Garbage, storageClass);
        key.Raw(content.ToBytes());
        return key.ToArray();
    }

    /// <param name="remoteBucket">One tier may go to several.</param>
    public static byte[] Name(string storageClass, string remoteBucket, string remoteKey)
    {
        var key = Begin(stackalloc byte[KvLimits.MaxKeyBytes], Names, storageClass);
        key.Bytes(Encoding.UTF8.GetBytes(remoteBucket));
        key.Raw(Encoding.UTF8.GetBytes(remoteKey));
        return key.ToArray();
    }

    public static string StorageClass(ReadOnlySpan<byte> rowKey)
    {
        var reader = new KeyReader(rowKey);
        reader.Byte();
        return Encoding.UTF8.GetString(reader.Bytes());
    }

    /// <summary>A row of moves or restores, as one that is due now.</summary>
    public static DueRow ParseVersion(ReadOnlySpan<byte> rowKey)
    {
        var reader = new KeyReader(rowKey);
        reader.Byte();
        reader.Bytes();
        var bucket = reader.UInt64();
        var key = reader.Bytes();
        return new DueRow(rowKey.ToArray(), 0, DueKind.Version, bucket, key, reader.UInt64(), default);
    }

    private static KeyWriter Begin(Span<byte> buffer, byte sort, string storageClass)
    {
        var key = new KeyWriter(buffer, KvTables.Queues);
        key.Byte(sort);
        key.Bytes(Encoding.UTF8.GetBytes(storageClass));
        return key;
    }
}
