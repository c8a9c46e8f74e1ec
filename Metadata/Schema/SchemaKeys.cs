using System.Buffers.Binary;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Storage;

namespace ObjectStore.Metadata.Schema;

/// <summary>
/// Builds the keys that docs/formats/metadata-keys.md draws. Object keys are given as UTF-8; they are
/// escaped so that rows sort by the key's bytes and no key is a prefix of another.
/// </summary>
public static class SchemaKeys
{
    private const int BucketPrefixBytes = 1 + 8;

    /// <summary>Referrer of a row in table r: a version.</summary>
    private const byte ByVersion = (byte)'v';

    /// <summary>Referrer of a row in table r: a part of an upload, or of the manifest that the upload became.</summary>
    private const byte ByPart = (byte)'p';

    public static byte[] Bucket(string name) => [KvTables.Buckets, .. Encoding.UTF8.GetBytes(name)];

    public static string BucketName(ReadOnlySpan<byte> key) => Encoding.UTF8.GetString(key[1..]);

    /// <summary>One chunk of a bucket's configuration document.</summary>
    public static byte[] Configuration(ulong bucketId, string kind, ushort chunk)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.BucketConfigurations);
        key.UInt64(bucketId);
        key.Bytes(Encoding.UTF8.GetBytes(kind));
        key.UInt16(chunk);
        return key.ToArray();
    }

    public static KeyRange Configurations(ulong bucketId, string kind) =>
        KeyEncoding.PrefixRange(OfObject(KvTables.BucketConfigurations, bucketId, Encoding.UTF8.GetBytes(kind)));

    public static byte[] Current(ulong bucketId, ReadOnlySpan<byte> key) => OfObject(KvTables.CurrentVersions, bucketId, key);

    public static byte[] Version(ulong bucketId, ReadOnlySpan<byte> key, ulong sequence) =>
        OfVersion(KvTables.OtherVersions, bucketId, key, sequence);

    /// <summary>All rows of table v of one key, newest first.</summary>
    public static KeyRange Versions(ulong bucketId, ReadOnlySpan<byte> key) =>
        KeyEncoding.PrefixRange(OfObject(KvTables.OtherVersions, bucketId, key));

    public static byte[] NullVersion(ulong bucketId, ReadOnlySpan<byte> key) => OfObject(KvTables.NullVersions, bucketId, key);

    public static byte[] Inline(ulong bucketId, ReadOnlySpan<byte> key, ulong sequence) =>
        OfVersion(KvTables.InlineData, bucketId, key, sequence);

    public static byte[] Content(ContentId id, uint chunk = 0) => OfContent(KvTables.Contents, id, chunk);

    public static KeyRange ContentChunks(ContentId id) => KeyEncoding.PrefixRange(OfContent(KvTables.Contents, id));

    public static byte[] Manifest(ContentId id, uint chunk) => OfContent(KvTables.Manifests, id, chunk);

    public static KeyRange Manifests(ContentId id) => KeyEncoding.PrefixRange(OfContent(KvTables.Manifests, id));

    public static byte[] Part(ContentId upload, int partNumber) => OfContent(KvTables.Parts, upload, (uint)partNumber);

    public static KeyRange Parts(ContentId upload) => KeyEncoding.PrefixRange(OfContent(KvTables.Parts, upload));

    public static int PartNumber(ReadOnlySpan<byte> key) => (int)BinaryPrimitives.ReadUInt32BigEndian(key[^4..]);

    public static KeyRange References(ContentId id) => KeyEncoding.PrefixRange(OfContent(KvTables.ContentReferences, id));

    /// <summary>A version other than the owner holds the content.</summary>
    public static byte[] ReferenceByVersion(ContentId id, ulong bucketId, ReadOnlySpan<byte> key, ulong sequence)
    {
        var version = OfVersion(ByVersion, bucketId, key, sequence);
        return Reference(id, version);
    }

    /// <summary>A part that is a slice of the content holds it; <paramref name="reference"/> tells attempts at one part apart.</summary>
    public static byte[] ReferenceByPart(ContentId id, ContentId upload, int partNumber, ulong reference)
    {
        var part = new KeyWriter(stackalloc byte[1 + ContentId.SizeBytes + sizeof(uint) + sizeof(ulong)], ByPart);
        WriteContent(ref part, upload);
        part.UInt32((uint)partNumber);
        part.UInt64(reference);
        return Reference(id, part.ToArray());
    }

    /// <summary>One annotation of a version, by the set that the version names.</summary>
    public static byte[] Annotation(ContentId set, ReadOnlySpan<byte> name)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.Annotations);
        WriteContent(ref key, set);
        key.Raw(name);
        return key.ToArray();
    }

    /// <summary>All annotations of a set whose names begin so, in the order of their bytes.</summary>
    public static KeyRange Annotations(ContentId set, ReadOnlySpan<byte> prefix = default) => KeyEncoding.PrefixRange(Annotation(set, prefix));

    public static ContentId AnnotationSet(ReadOnlySpan<byte> rowKey) => ContentId.ReadFrom(rowKey[1..]);

    public static ReadOnlySpan<byte> AnnotationName(ReadOnlySpan<byte> rowKey) => rowKey[(1 + ContentId.SizeBytes)..];

    /// <summary>All uploads of one key.</summary>
    public static KeyRange Uploads(ulong bucketId, ReadOnlySpan<byte> objectKey) => KeyEncoding.PrefixRange(OfObject(KvTables.Uploads, bucketId, objectKey));

    public static byte[] Upload(ulong bucketId, ReadOnlySpan<byte> objectKey, ContentId upload)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.Uploads);
        key.UInt64(bucketId);
        key.Bytes(objectKey);
        WriteContent(ref key, upload);
        return key.ToArray();
    }

    /// <summary>The id in the last bytes of a key of tables u and g.</summary>
    public static ContentId TrailingContent(ReadOnlySpan<byte> key) => ContentId.ReadFrom(key[^ContentId.SizeBytes..]);

    public static byte[] Garbage(ulong ticks, ContentId id)
    {
        var key = new KeyWriter(stackalloc byte[1 + sizeof(ulong) + ContentId.SizeBytes], KvTables.Garbage);
        key.UInt64(ticks);
        WriteContent(ref key, id);
        return key.ToArray();
    }

    public static ulong GarbageTicks(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt64BigEndian(key[1..]);

    /// <summary>When something of a version may be due.</summary>
    public static byte[] DueVersion(ulong dueTicks, ulong bucketId, ReadOnlySpan<byte> objectKey, ulong sequence)
    {
        var key = Due(stackalloc byte[KvLimits.MaxKeyBytes], dueTicks, DueKind.Version, bucketId);
        key.Bytes(objectKey);
        key.UInt64(sequence);
        return key.ToArray();
    }

    /// <summary>A version became noncurrent, so that one behind it may be in excess.</summary>
    public static byte[] DueExcess(ulong dueTicks, ulong bucketId, ReadOnlySpan<byte> objectKey, ulong sequence)
    {
        var key = Due(stackalloc byte[KvLimits.MaxKeyBytes], dueTicks, DueKind.Excess, bucketId);
        key.Bytes(objectKey);
        key.UInt64(sequence);
        return key.ToArray();
    }

    public static byte[] DueUpload(ulong dueTicks, ulong bucketId, ReadOnlySpan<byte> objectKey, ContentId upload)
    {
        var key = Due(stackalloc byte[KvLimits.MaxKeyBytes], dueTicks, DueKind.Upload, bucketId);
        key.Bytes(objectKey);
        WriteContent(ref key, upload);
        return key.ToArray();
    }

    public static byte[] DueWalk(ulong dueTicks, ulong bucketId) => Due(stackalloc byte[32], dueTicks, DueKind.Walk, bucketId).ToArray();

    private static KeyWriter Due(Span<byte> buffer, ulong dueTicks, DueKind kind, ulong bucketId)
    {
        var key = new KeyWriter(buffer, KvTables.Due);
        key.UInt64(dueTicks);
        key.Byte((byte)kind);
        key.UInt64(bucketId);
        return key;
    }

    public static byte[] LostShard(DriveId drive, BlobId blob)
    {
        var key = new byte[1 + DriveId.SizeBytes + BlobId.SizeBytes];
        key[0] = KvTables.LostShards;
        drive.WriteTo(key.AsSpan(1));
        blob.WriteTo(key.AsSpan(1 + DriveId.SizeBytes));
        return key;
    }

    /// <summary>All rows of a drive in table h.</summary>
    public static KeyRange LostShards(DriveId drive) => KeyEncoding.PrefixRange(OfDrive([KvTables.LostShards], drive));

    public static (DriveId Drive, BlobId Blob) LostShard(ReadOnlySpan<byte> key) =>
        (DriveId.ReadFrom(key[1..]), BlobId.ReadFrom(key[(1 + DriveId.SizeBytes)..]));

    /// <summary>A drive that has been away for so long that what it held counts as lost.</summary>
    public static byte[] LostDrive(DriveId drive) => OfDrive([KvTables.LostDrives], drive);

    /// <summary>What the store is, whatever it is started with.</summary>
    public static byte[] Store() => [KvTables.System, .. "store"u8];

    /// <summary>A drive of the store, whether it is there or not.</summary>
    public static byte[] RegisteredDrive(DriveId drive) => OfDrive(DrivePrefix, drive);

    public static KeyRange RegisteredDrives() => KeyEncoding.PrefixRange(DrivePrefix);

    /// <summary>How far the search for orphans has come on a drive: a blob id.</summary>
    public static byte[] OrphanPosition(DriveId drive) => OfDrive(OrphanPrefix, drive);

    public static KeyRange OrphanPositions() => KeyEncoding.PrefixRange(OrphanPrefix);

    /// <summary>The id in the last bytes of a key that ends with a drive.</summary>
    public static DriveId TrailingDrive(ReadOnlySpan<byte> key) => DriveId.ReadFrom(key[^DriveId.SizeBytes..]);

    public static byte[] Counter(ulong bucketId, byte shard, byte kind)
    {
        var key = new KeyWriter(stackalloc byte[BucketPrefixBytes + 2], KvTables.Counters);
        key.UInt64(bucketId);
        key.Byte(shard);
        key.Byte(kind);
        return key.ToArray();
    }

    /// <summary>Records of requests that wait for a log object. The session and the number, which counts in it, make the row the only one of its name.</summary>
    /// <param name="stream">What goes into one log object.</param>
    public static byte[] LogRow(UInt128 stream, ulong ticks, uint session, ulong number)
    {
        var key = new KeyWriter(stackalloc byte[LogStreamBytes + sizeof(ulong) + sizeof(uint) + sizeof(ulong)], KvTables.Queues);
        key.Byte(LogQueue);
        WriteStream(ref key, stream);
        key.UInt64(ticks);
        key.UInt32(session);
        key.UInt64(number);
        return key.ToArray();
    }

    public static KeyRange LogRows() => KeyEncoding.PrefixRange([KvTables.Queues, LogQueue]);

    public static KeyRange LogRows(UInt128 stream) => KeyEncoding.PrefixRange(LogStreamPrefix(stream));

    /// <summary>The least key behind all rows of a stream.</summary>
    public static byte[] BehindLogRows(UInt128 stream) => KeyEncoding.PrefixEnd(LogStreamPrefix(stream));

    public static UInt128 LogStream(ReadOnlySpan<byte> rowKey) => BinaryPrimitives.ReadUInt128BigEndian(rowKey[2..]);

    public static ulong LogTicks(ReadOnlySpan<byte> rowKey) => BinaryPrimitives.ReadUInt64BigEndian(rowKey[LogStreamBytes..]);

    /// <summary>How far the records in a file of the spool are in the queue. Session and number name the file on its drive.</summary>
    public static byte[] LogSpool(ReadOnlySpan<byte> drive, uint session, uint number)
    {
        var key = new KeyWriter(stackalloc byte[LogSpoolPrefixBytes + 2 * sizeof(uint)], KvTables.Queues);
        key.Byte(LogSpoolQueue);
        key.Raw(drive);
        key.UInt32(session);
        key.UInt32(number);
        return key.ToArray();
    }

    public static KeyRange LogSpools() => KeyEncoding.PrefixRange([KvTables.Queues, LogSpoolQueue]);

    public static KeyRange LogSpools(ReadOnlySpan<byte> drive) => KeyEncoding.PrefixRange([KvTables.Queues, LogSpoolQueue, .. drive]);

    public static (uint Session, uint Number) LogSpoolFile(ReadOnlySpan<byte> rowKey) =>
        (BinaryPrimitives.ReadUInt32BigEndian(rowKey[LogSpoolPrefixBytes..]), BinaryPrimitives.ReadUInt32BigEndian(rowKey[(LogSpoolPrefixBytes + sizeof(uint))..]));

    private const byte LogSpoolQueue = (byte)'p';

    private const int LogSpoolPrefixBytes = 2 + 16;

    /// <summary>When an inventory is due.</summary>
    public static byte[] Inventory(ulong bucketId, string id)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.Queues);
        key.Byte(InventoryQueue);
        key.UInt64(bucketId);
        key.Raw(Encoding.UTF8.GetBytes(id));
        return key.ToArray();
    }

    public static KeyRange Inventories() => KeyEncoding.PrefixRange([KvTables.Queues, InventoryQueue]);

    public static (ulong BucketId, string Id) Inventory(ReadOnlySpan<byte> rowKey) => (BinaryPrimitives.ReadUInt64BigEndian(rowKey[2..]), Encoding.UTF8.GetString(rowKey[10..]));

    /// <summary>When the export of an analysis is due, and how far it has come.</summary>
    public static byte[] AnalyticsState(ulong bucketId, string id) => Analytics(AnalyticsStates, bucketId, id).ToArray();

    public static KeyRange AnalyticsOfAll() => KeyEncoding.PrefixRange([KvTables.Queues, AnalyticsQueue, AnalyticsStates]);

    /// <summary>A counter of what requests did on a day, until the day is over and has its record.</summary>
    /// <param name="what">Which number it is.</param>
    public static byte[] AnalyticsCounter(ulong bucketId, string id, uint day, string storageClass, byte group, byte what)
    {
        var key = Analytics(AnalyticsCounts, bucketId, id);
        key.UInt32(day);
        key.Bytes(Encoding.UTF8.GetBytes(storageClass));
        key.Byte(group);
        key.Byte(what);
        return key.ToArray();
    }

    public static KeyRange AnalyticsCounters(ulong bucketId, string id) => KeyEncoding.PrefixRange(Analytics(AnalyticsCounts, bucketId, id).Written);

    public static (ulong BucketId, string Id, uint Day, string StorageClass, byte Group, byte What) AnalyticsCounter(ReadOnlySpan<byte> rowKey)
    {
        var reader = new KeyReader(rowKey);
        reader.Raw(2);
        return (reader.UInt64(), Encoding.UTF8.GetString(reader.Bytes()), reader.UInt32(), Encoding.UTF8.GetString(reader.Bytes()), reader.Byte(), reader.Byte());
    }

    public static byte[] AnalyticsDay(ulong bucketId, string id, uint day)
    {
        var key = Analytics(AnalyticsRecords, bucketId, id);
        key.UInt32(day);
        return key.ToArray();
    }

    public static KeyRange AnalyticsDays(ulong bucketId, string id) => KeyEncoding.PrefixRange(Analytics(AnalyticsRecords, bucketId, id).Written);

    /// <summary>All rows of one kind: 's' states, 'c' counters, 'd' days.</summary>
    public static KeyRange AnalyticsRows(byte kind) => KeyEncoding.PrefixRange([KvTables.Queues, AnalyticsQueue, kind]);

    /// <summary>The bucket and the id in a row's key, of any kind.</summary>
    public static (ulong BucketId, string Id) AnalyticsOwner(ReadOnlySpan<byte> rowKey)
    {
        var reader = new KeyReader(rowKey);
        reader.Raw(2);
        return (reader.UInt64(), Encoding.UTF8.GetString(reader.Bytes()));
    }

    public static uint AnalyticsDay(ReadOnlySpan<byte> rowKey) => BinaryPrimitives.ReadUInt32BigEndian(rowKey[^sizeof(uint)..]);

    private static KeyWriter Analytics(byte kind, ulong bucketId, string id)
    {
        var key = new KeyWriter(new byte[KvLimits.MaxKeyBytes], KvTables.Queues);
        key.Byte(AnalyticsQueue);
        key.Byte(kind);
        key.UInt64(bucketId);
        key.Bytes(Encoding.UTF8.GetBytes(id));
        return key;
    }

    private const byte AnalyticsQueue = (byte)'a';
    private const byte AnalyticsStates = (byte)'s';
    private const byte AnalyticsCounts = (byte)'c';
    private const byte AnalyticsRecords = (byte)'d';

    private const byte InventoryQueue = (byte)'i';

    private const byte LogQueue = (byte)'l';

    private const int LogStreamBytes = 2 + 16;

    private static byte[] LogStreamPrefix(UInt128 stream)
    {
        var key = new KeyWriter(stackalloc byte[LogStreamBytes], KvTables.Queues);
        key.Byte(LogQueue);
        WriteStream(ref key, stream);
        return key.ToArray();
    }

    private static void WriteStream(ref KeyWriter key, UInt128 stream)
    {
        key.UInt64((ulong)(stream >> 64));
        key.UInt64((ulong)stream);
    }

    /// <summary>Counter of the sessions ever begun.</summary>
    public static byte[] Session() => [KvTables.System, .. "session"u8];

    /// <summary>A key of encryption that the store has been served with.</summary>
    public static byte[] KeyCheck(string keyId) => [.. KeyCheckPrefix, .. Encoding.UTF8.GetBytes(keyId)];

    public static KeyRange KeyChecks() => KeyEncoding.PrefixRange(KeyCheckPrefix);

    private static ReadOnlySpan<byte> KeyCheckPrefix => "ykey"u8;

    /// <summary>A target of notifications.</summary>
    public static byte[] EventTarget(string arn) => [.. EventTargetPrefix, .. Encoding.UTF8.GetBytes(arn)];

    public static KeyRange EventTargets() => KeyEncoding.PrefixRange(EventTargetPrefix);

    private static ReadOnlySpan<byte> EventTargetPrefix => "ytarget"u8;

    /// <summary>Another S3 endpoint.</summary>
    public static byte[] Remote(string name) => [.. RemotePrefix, .. Encoding.UTF8.GetBytes(name)];

    public static KeyRange Remotes() => KeyEncoding.PrefixRange(RemotePrefix);

    private static ReadOnlySpan<byte> RemotePrefix => "yremote"u8;

    /// <summary>A storage class whose objects lie in another S3 endpoint.</summary>
    public static byte[] Tier(string storageClass) => [.. TierPrefix, .. Encoding.UTF8.GetBytes(storageClass)];

    public static KeyRange Tiers() => KeyEncoding.PrefixRange(TierPrefix);

    private static ReadOnlySpan<byte> TierPrefix => "ytier"u8;

    /// <summary>Counter of the objects that the store has in a tier, those among them that are to be deleted or about to be written.</summary>
    public static byte[] TierCount(string storageClass) => [.. TierCountPrefix, .. Encoding.UTF8.GetBytes(storageClass)];

    public static KeyRange TierCounts() => KeyEncoding.PrefixRange(TierCountPrefix);

    private static ReadOnlySpan<byte> TierCountPrefix => "yobjects"u8;

    /// <summary>The restored copy of that version is due to go.</summary>
    public static byte[] DueRestore(ulong dueTicks, ulong bucketId, ReadOnlySpan<byte> objectKey, ulong sequence)
    {
        var key = Due(stackalloc byte[KvLimits.MaxKeyBytes], dueTicks, DueKind.Restore, bucketId);
        key.Bytes(objectKey);
        key.UInt64(sequence);
        return key.ToArray();
    }

    private static ReadOnlySpan<byte> DrivePrefix => "ydrive"u8;

    private static ReadOnlySpan<byte> OrphanPrefix => "yorphan"u8;

    /// <summary>All rows of one bucket in a table that is keyed by bucket id.</summary>
    public static KeyRange OfBucket(byte table, ulong bucketId)
    {
        var prefix = new KeyWriter(stackalloc byte[BucketPrefixBytes], table);
        prefix.UInt64(bucketId);
        return KeyEncoding.PrefixRange(prefix.Written);
    }

    public static KeyRange OfTable(byte table) => KeyEncoding.PrefixRange([table]);

    /// <summary>Where the object keys of a bucket that begin with <paramref name="prefix"/> lie.</summary>
    public static KeyRange OfPrefix(byte table, ulong bucketId, ReadOnlySpan<byte> prefix) => KeyEncoding.PrefixRange(BeforePrefix(table, bucketId, prefix));

    /// <summary>The least key of a table at or above every object key that begins with <paramref name="prefix"/>.</summary>
    public static byte[] BeforePrefix(byte table, ulong bucketId, ReadOnlySpan<byte> prefix)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], table);
        key.UInt64(bucketId);
        key.Prefix(prefix);
        return key.ToArray();
    }

    /// <summary>The least key of a table behind all rows of object keys that begin with <paramref name="prefix"/>.</summary>
    public static byte[] BehindPrefix(byte table, ulong bucketId, ReadOnlySpan<byte> prefix) => KeyEncoding.PrefixEnd(BeforePrefix(table, bucketId, prefix));

    /// <summary>The least key of a table behind all rows of exactly this object key.</summary>
    public static byte[] BehindObject(byte table, ulong bucketId, ReadOnlySpan<byte> key) => KeyEncoding.PrefixEnd(OfObject(table, bucketId, key));

    /// <summary>The object key, unescaped, from a row's key of tables c, v, n, d and u. Returns its length.</summary>
    public static int ReadObjectKey(ReadOnlySpan<byte> rowKey, Span<byte> destination)
    {
        var source = rowKey[BucketPrefixBytes..];
        var length = 0;
        while (true)
        {
            var zero = source.IndexOf((byte)0);
            source[..zero].CopyTo(destination[length..]);
            length += zero;
            if (source[zero + 1] == 0x01) return length;
            destination[length++] = 0;
            source = source[(zero + 2)..];
        }
    }

    public static string ReadObjectKey(ReadOnlySpan<byte> rowKey)
    {
        Span<byte> buffer = stackalloc byte[1024];
        if (rowKey.Length > buffer.Length) buffer = new byte[rowKey.Length];
        return Encoding.UTF8.GetString(buffer[..ReadObjectKey(rowKey, buffer)]);
    }

    /// <summary>The bytes of a row's key from the table byte up to and with the object key's end: what rows of one object key share.</summary>
    public static ReadOnlySpan<byte> ObjectPart(ReadOnlySpan<byte> rowKey)
    {
        var at = BucketPrefixBytes;
        while (true)
        {
            at += rowKey[at..].IndexOf((byte)0);
            if (rowKey[at + 1] == 0x01) return rowKey[..(at + 2)];
            at += 2;
        }
    }

    public static ulong BucketId(ReadOnlySpan<byte> rowKey) => BinaryPrimitives.ReadUInt64BigEndian(rowKey[1..]);

    /// <summary>The sequence in the last bytes of a key of tables v and d.</summary>
    public static ulong Sequence(ReadOnlySpan<byte> rowKey) => ~BinaryPrimitives.ReadUInt64BigEndian(rowKey[^8..]);

    private static byte[] OfDrive(ReadOnlySpan<byte> prefix, DriveId drive)
    {
        var key = new byte[prefix.Length + DriveId.SizeBytes];
        prefix.CopyTo(key);
        drive.WriteTo(key.AsSpan(prefix.Length));
        return key;
    }

    private static byte[] Reference(ContentId id, byte[] referrer)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], KvTables.ContentReferences);
        WriteContent(ref key, id);
        key.Raw(referrer);
        return key.ToArray();
    }

    private static byte[] OfVersion(byte table, ulong bucketId, ReadOnlySpan<byte> objectKey, ulong sequence)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], table);
        key.UInt64(bucketId);
        key.Bytes(objectKey);
        key.InvertedUInt64(sequence);
        return key.ToArray();
    }

    private static byte[] OfObject(byte table, ulong bucketId, ReadOnlySpan<byte> objectKey)
    {
        var key = new KeyWriter(stackalloc byte[KvLimits.MaxKeyBytes], table);
        key.UInt64(bucketId);
        key.Bytes(objectKey);
        return key.ToArray();
    }

    private static byte[] OfContent(byte table, ContentId id)
    {
        var key = new KeyWriter(stackalloc byte[1 + ContentId.SizeBytes], table);
        WriteContent(ref key, id);
        return key.ToArray();
    }

    private static byte[] OfContent(byte table, ContentId id, uint number)
    {
        var key = new KeyWriter(stackalloc byte[1 + ContentId.SizeBytes + sizeof(uint)], table);
        WriteContent(ref key, id);
        key.UInt32(number);
        return key.ToArray();
    }

    private static void WriteContent(ref KeyWriter key, ContentId id)
    {
        key.UInt32(id.Session);
        key.UInt64(id.Number);
    }
}
