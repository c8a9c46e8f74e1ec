using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ObjectStore.Metadata.Kv;

namespace ObjectStore.Metadata.Schema;

/// <summary>
/// Keys of table q: changes that wait for one who listens, in the order of their positions, and how many each queue has.
/// docs/formats/metadata-keys.md draws them.
/// </summary>
public static class QueueKeys
{
    /// <summary>Rows for the targets of notifications; a queue's name is its target's ARN.</summary>
    public const byte Notifications = (byte)'n';

    /// <summary>Rows for the destinations of replication; a queue's name is its bucket's id and the destination's ARN.</summary>
    public const byte Replication = (byte)'r';

    /// <summary>Of counters only: the bytes of the versions that wait in a queue of <see cref="Replication"/>.</summary>
    public const byte ReplicationBytes = (byte)'R';

    private const byte CountSort = (byte)'c';
    private const byte WalkSort = (byte)'w';

    public static KeyRange All => KeyEncoding.PrefixRange([KvTables.Queues]);

    /// <summary>The counters of all queues.</summary>
    public static KeyRange Counts => KeyEncoding.PrefixRange([KvTables.Queues, CountSort]);

    /// <summary>All queues of one sort.</summary>
    public static KeyRange OfSort(byte sort) => KeyEncoding.PrefixRange([KvTables.Queues, sort]);

    /// <summary>Walks through versions that were there before the rules of their bucket, one a bucket.</summary>
    public static KeyRange ReplicationWalks => OfSort(WalkSort);

    public static byte[] ReplicationWalk(ulong bucketId)
    {
        var key = new KeyWriter(stackalloc byte[2 + sizeof(ulong)], KvTables.Queues);
        key.Byte(WalkSort);
        key.UInt64(bucketId);
        return key.ToArray();
    }

    public static ulong ReplicationWalkBucket(ReadOnlySpan<byte> rowKey) => BinaryPrimitives.ReadUInt64BigEndian(rowKey[2..]);

    public static string ReplicationQueue(ulong bucketId, string destinationArn) => string.Create(CultureInfo.InvariantCulture, $"{bucketId:x16}/{destinationArn}");

    /// <summary>The bucket and the ARN in a queue's name.</summary>
    public static (ulong BucketId, string DestinationArn) ReplicationQueue(string name) =>
        (ulong.Parse(name.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), name[17..]);

    /// <summary>All that a bucket has here for replication, but for its walk: rows and counters of its queues.</summary>
    public static KeyRange[] ReplicationOf(ulong bucketId)
    {
        var name = Encoding.ASCII.GetBytes(ReplicationQueue(bucketId, ""));
        return
        [
            KeyEncoding.PrefixRange([KvTables.Queues, Replication, .. name]),
            KeyEncoding.PrefixRange([KvTables.Queues, CountSort, Replication, .. name]),
            KeyEncoding.PrefixRange([KvTables.Queues, CountSort, ReplicationBytes, .. name]),
        ];
    }

    public static KeyRange OfQueue(byte sort, string name) => KeyEncoding.PrefixRange(Prefix(sort, name));

    public static byte[] Change(byte sort, string name, ulong position)
    {
        var prefix = Prefix(sort, name);
        var key = new byte[prefix.Length + sizeof(ulong)];
        prefix.CopyTo(key, 0);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(prefix.Length), position);
        return key;
    }

    /// <summary>Counter of a queue's rows.</summary>
    public static byte[] Count(byte sort, string name)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.Queues);
        key.Byte(CountSort);
        key.Byte(sort);
        key.Bytes(Encoding.UTF8.GetBytes(name));
        return key.ToArray();
    }

    public static bool IsCount(ReadOnlySpan<byte> rowKey) => rowKey[1] == CountSort;

    /// <summary>The sort and name in a row's key, of a change or of a count.</summary>
    public static (byte Sort, string Name) Queue(ReadOnlySpan<byte> rowKey)
    {
        var reader = new KeyReader(rowKey);
        var sort = reader.Byte();
        if (sort == CountSort) sort = reader.Byte();
        return (sort, Encoding.UTF8.GetString(reader.Bytes()));
    }

    /// <summary>The position in the last bytes of a change's key.</summary>
    public static ulong Position(ReadOnlySpan<byte> rowKey) => BinaryPrimitives.ReadUInt64BigEndian(rowKey[^sizeof(ulong)..]);

    private static byte[] Prefix(byte sort, string name)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.Queues);
        key.Byte(sort);
        key.Bytes(Encoding.UTF8.GetBytes(name));
        return key.ToArray();
    }
}
