using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>Lists current objects from one snapshot, in the order of their keys' UTF-8 bytes. Costs what it returns.</summary>
internal sealed class ObjectLister(ObjectEngine engine)
{
    public const int MaxKeysPerPage = 1000;

    public async ValueTask<Result<ObjectPage>> ListAsync(ListRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        var grouping = new KeyGrouping(request.Prefix, request.Delimiter);
        var max = Math.Min(request.MaxKeys, MaxKeysPerPage);
        if (max <= 0 || grouping.IsHopeless) return new ObjectPage([], [], null);

        using var cursor = snapshot.Scan(grouping.RangeAfter(KvTables.CurrentVersions, bucket.Id, request.StartAfter));
        return await CollectAsync(cursor, bucket.Id, grouping, max, request.WithRestores, ct);
    }

    private static async ValueTask<ObjectPage> CollectAsync(IKvCursor cursor, ulong bucketId, KeyGrouping grouping, int max, bool withRestores, CancellationToken ct)
    {
        var objects = new List<ListedObject>();
        var groups = new List<string>();
        var texts = default(Texts);
        var key = new byte[ObjectEngine.MaxKeyBytes];
        string? last = null;
        var more = await cursor.MoveNextAsync(ct);
        while (more)
        {
            if (objects.Count + groups.Count == max) return new ObjectPage(objects, groups, last);
            var length = SchemaKeys.ReadObjectKey(cursor.Key, key);
            var group = grouping.GroupLength(key.AsSpan(0, length));
            if (group == 0)
            {
                last = Encoding.UTF8.GetString(key, 0, length);
                objects.Add(Read(last, cursor.Value, ref texts) with { Restore = withRestores ? RestoreInfo.Of(VersionRecord.Parser.ParseFrom(cursor.Value)) : null });
                more = await cursor.MoveNextAsync(ct);
            }
            else
            {
                last = Encoding.UTF8.GetString(key, 0, group);
                groups.Add(last);
                more = await cursor.SeekAsync(SchemaKeys.BehindPrefix(KvTables.CurrentVersions, bucketId, key.AsSpan(0, group)), ct);
            }
        }
        return new ObjectPage(objects, groups, null);
    }

    private static ListedObject Read(string key, ReadOnlySpan<byte> value, ref Texts texts)
    {
        var header = VersionHeader.Parse(value);
        return new ListedObject(
            key,
            ObjectInfos.ETagOf(header.ETag, header.PartCount),
            header.LengthBytes,
            KvRecords.FromTicks(header.ModifiedTicks),
            texts.StorageClasses.Get(header.StorageClass),
            texts.Owners.Get(header.OwnerId),
            (ChecksumAlgorithm)header.ChecksumAlgorithm,
            (ChecksumType)header.ChecksumType);
    }

    private struct Texts
    {
        public TextCache StorageClasses;
        public TextCache Owners;
    }
}
