using System.Buffers.Binary;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

internal sealed partial class MetadataCheck
{
    /// <summary>A version that is said to be in a tier is there; its restored copy is held, and as long as it should be.</summary>
    private void CheckTier(ulong bucketId, ReadOnlySpan<byte> key, VersionRecord record)
    {
        var content = ContentId.FromField(record.ContentId);
        if (_contents.TryGetValue(content, out var row) && row.Kind != ContentKinds.Manifest && (row.Kind == ContentKinds.Remote) != (record.Tier is not null))
            Report($"{DescribeVersion(bucketId, key, record.Sequence)} is {(record.Tier is null ? "not " : "")}said to be in a tier, and its content {content} says otherwise.");
        if (record.Restore is not { } restore) return;
        if (record.Tier is null) Report($"{DescribeVersion(bucketId, key, record.Sequence)} has a restored copy and is in no tier.");
        var copy = ContentId.FromField(restore.ContentId);
        if (copy.IsNone) return;
        if (restore.OwnsContent) HoldAsOwner(copy, DescribeVersion(bucketId, key, record.Sequence));
        else HoldByReference(copy, SchemaKeys.ReferenceByVersion(copy, bucketId, key, record.Sequence));
        if (_contents.TryGetValue(copy, out var held) && PlainLength(copy, held, record.Encryption is not null) != record.Length) Report($"{DescribeVersion(bucketId, key, record.Sequence)} has a restored copy {copy} of another length.");
    }

    /// <summary>Each tier counts the objects that rows speak of, and each of those is in a tier that there is.</summary>
    private async ValueTask CheckTiersAsync(CancellationToken ct)
    {
        var tiers = await NamesAsync(SchemaKeys.Tiers(), ct);
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var named = new Dictionary<string, ContentId>(StringComparer.Ordinal);
        foreach (var (id, content) in _contents)
        {
            if (content.Kind == ContentKinds.Remote) NotePlace(id, content.Remote, found, named);
        }
        using (var cursor = reader.Scan(TierKeys.OfSort(TierKeys.Garbage)))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                var id = SchemaKeys.TrailingContent(cursor.Key);
                if (_contents.ContainsKey(id)) Report($"Content {id} is to be deleted in its tier and has rows.");
                NotePlace(id, RemotePlaceRecord.Parser.ParseFrom(cursor.Value), found, named);
            }
        }
        var counts = SchemaKeys.TierCounts();
        using (var cursor = reader.Scan(counts))
        {
            while (await cursor.MoveNextAsync(ct))
            {
                var name = Encoding.UTF8.GetString(cursor.Key[counts.From.Length..]);
                var count = BinaryPrimitives.ReadInt64LittleEndian(cursor.Value);
                if (found.GetValueOrDefault(name) != count) Report($"Tier {name} counts {count} objects, and rows speak of {found.GetValueOrDefault(name)}.");
                found.Remove(name);
            }
        }
        foreach (var (name, count) in found) Report($"Tier {name} counts no objects, and rows speak of {count}.");
        foreach (var name in found.Keys.Where(name => !tiers.Contains(name))) Report($"Objects are in a tier {name} that there is not.");
        await CheckNamesAsync(named, ct);
    }

    private static void NotePlace(ContentId id, RemotePlaceRecord place, Dictionary<string, long> found, Dictionary<string, ContentId> named)
    {
        found[place.Tier] = found.GetValueOrDefault(place.Tier) + 1;
        if (place.IsNamed) named[Convert.ToHexString(TierKeys.Name(place.Tier, place.Bucket, place.Key))] = id;
    }

    private async ValueTask CheckNamesAsync(Dictionary<string, ContentId> named, CancellationToken ct)
    {
        using var cursor = reader.Scan(TierKeys.OfSort(TierKeys.Names));
        while (await cursor.MoveNextAsync(ct))
        {
            var id = ContentId.ReadFrom(cursor.Value);
            if (!named.Remove(Convert.ToHexString(cursor.Key), out var expected) || expected != id) Report($"A name in a tier is kept for content {id}, which does not have it.");
        }
        foreach (var id in named.Values) Report($"Content {id} has a name in its tier that is not kept for it.");
    }

    private async ValueTask<HashSet<string>> NamesAsync(KeyRange range, CancellationToken ct)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        using var cursor = reader.Scan(range);
        while (await cursor.MoveNextAsync(ct)) names.Add(Encoding.UTF8.GetString(cursor.Key[range.From.Length..]));
        return names;
    }
}
