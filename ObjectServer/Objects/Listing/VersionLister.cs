using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>Lists all versions from one snapshot: tables c and v merged by key, newest first.</summary>
internal sealed class VersionLister(ObjectEngine engine)
{
    public async ValueTask<Result<VersionPage>> ListAsync(ListVersionsRequest request, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var bucket = await ObjectEngine.GetBucketAsync(snapshot, request.Bucket, ct);
        if (bucket is null) return ObjectFault.NoSuchBucket;
        var grouping = new KeyGrouping(request.Prefix, request.Delimiter);
        var max = Math.Min(request.MaxKeys, ObjectLister.MaxKeysPerPage);
        if (max <= 0 || grouping.IsHopeless) return new VersionPage([], [], null, null);

        var others = grouping.RangeAfter(KvTables.OtherVersions, bucket.Id, request.KeyMarker);
        byte[]? begun = null;
        if (!string.IsNullOrEmpty(request.KeyMarker) && !string.IsNullOrEmpty(request.VersionIdMarker) && !grouping.IsGroup(request.KeyMarker))
        {
            begun = KeyGrouping.MarkerBytes(request.KeyMarker);
            var sequence = await ResolveAsync(snapshot, bucket.Id, begun, request.VersionIdMarker, ct);
            if (!sequence.IsOk) return sequence.Failure;
            // The next lower sequence sorts next; in front of sequence 0 there is nothing.
            if (sequence.Value > 0)
                others = grouping.Range(KvTables.OtherVersions, bucket.Id, SchemaKeys.Version(bucket.Id, begun, sequence.Value - 1));
        }
        using var currentCursor = snapshot.Scan(grouping.RangeAfter(KvTables.CurrentVersions, bucket.Id, request.KeyMarker));
        using var otherCursor = snapshot.Scan(others);
        return await new Page(bucket.Id, grouping, max, begun, request.WithRestores, currentCursor, otherCursor).CollectAsync(ct);
    }

    private static async ValueTask<Result<ulong>> ResolveAsync(IKvReader reader, ulong bucketId, byte[] key, string marker, CancellationToken ct)
    {
        if (VersionId.TryParse(marker, out var id)) return id.Sequence;
        if (!string.Equals(marker, VersionId.NullName, StringComparison.Ordinal)) return ObjectFault.InvalidVersionId;
        var found = await VersionRows.FindAsync(reader, bucketId, key, marker, ct);
        // Gone since the page before: go on behind the key's other versions.
        return found.IsOk ? found.Value.Sequence : 0UL;
    }

    private sealed class Page(ulong bucketId, KeyGrouping grouping, int max, byte[]? begun, bool withRestores, IKvCursor currents, IKvCursor others)
    {
        private readonly List<ListedVersion> _versions = [];
        private readonly List<string> _groups = [];
        private readonly byte[] _key = new byte[ObjectEngine.MaxKeyBytes];

        /// <summary>The key whose newest version has been listed, here or on an earlier page.</summary>
        private byte[]? _begun = begun;
        private string _begunText = begun is null ? "" : Encoding.UTF8.GetString(begun);
        private TextCache _storageClasses;
        private TextCache _owners;

        public async ValueTask<VersionPage> CollectAsync(CancellationToken ct)
        {
            var hasCurrent = await currents.MoveNextAsync(ct);
            var hasOther = await others.MoveNextAsync(ct);
            string? lastKey = null, lastVersion = null;
            while (hasCurrent || hasOther)
            {
                if (_versions.Count + _groups.Count == max) return new VersionPage(_versions, _groups, lastKey, lastVersion);
                var fromCurrent = hasCurrent && (!hasOther || IsCurrentFirst());
                var length = SchemaKeys.ReadObjectKey((fromCurrent ? currents : others).Key, _key);
                var group = grouping.GroupLength(_key.AsSpan(0, length));
                if (group > 0)
                {
                    (lastKey, lastVersion) = (Encoding.UTF8.GetString(_key, 0, group), null);
                    _groups.Add(lastKey);
                    hasCurrent = hasCurrent && await SkipAsync(currents, KvTables.CurrentVersions, group, ct);
                    hasOther = hasOther && await SkipAsync(others, KvTables.OtherVersions, group, ct);
                    continue;
                }
                (lastKey, lastVersion) = Add(length, fromCurrent);
                if (fromCurrent) hasCurrent = await currents.MoveNextAsync(ct);
                else hasOther = await others.MoveNextAsync(ct);
            }
            return new VersionPage(_versions, _groups, null, null);
        }

        /// <summary>A key's current version comes before its others, so also when both cursors stand on the same key.</summary>
        private bool IsCurrentFirst() =>
            SchemaKeys.ObjectPart(currents.Key)[1..].SequenceCompareTo(SchemaKeys.ObjectPart(others.Key)[1..]) <= 0;

        private async ValueTask<bool> SkipAsync(IKvCursor cursor, byte table, int group, CancellationToken ct)
        {
            var behind = SchemaKeys.BehindPrefix(table, bucketId, _key.AsSpan(0, group));
            return cursor.Key.SequenceCompareTo(behind) >= 0 || await cursor.SeekAsync(behind, ct);
        }

        private (string Key, string Version) Add(int length, bool fromCurrent)
        {
            var key = _key.AsSpan(0, length);
            var isFirst = _begun is null || !key.SequenceEqual(_begun);
            if (isFirst)
            {
                _begun = key.ToArray();
                _begunText = Encoding.UTF8.GetString(key);
            }
            var row = (fromCurrent ? currents : others).Value;
            var header = VersionHeader.Parse(row);
            var isNull = (header.Flags & VersionFlags.Null) != 0;
            var isMarker = (header.Flags & VersionFlags.DeleteMarker) != 0;
            var id = new VersionId(header.Sequence, header.Nonce).ToString();
            _versions.Add(new ListedVersion(
                _begunText,
                isNull ? VersionId.NullName : id,
                IsLatest: fromCurrent || isFirst,
                isMarker,
                isMarker ? "" : ObjectInfos.ETagOf(header.ETag, header.PartCount),
                header.LengthBytes,
                KvRecords.FromTicks(header.ModifiedTicks),
                _storageClasses.Get(header.StorageClass),
                _owners.Get(header.OwnerId),
                (ChecksumAlgorithm)header.ChecksumAlgorithm,
                (ChecksumType)header.ChecksumType)
            {
                Restore = withRestores ? RestoreInfo.Of(VersionRecord.Parser.ParseFrom(row)) : null,
            });
            // The id also of the null version: it still tells the place when that version is gone.
            return (_begunText, id);
        }
    }
}
