using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Who holds a content: the owner that its row names, and one row of table r for every other. The transaction that takes
/// the last of them away writes the content's garbage row. Whoever adds a reference must have read, in the same
/// transaction, a row that already holds the content: so the two always conflict, and garbage never comes back.
/// </summary>
internal readonly struct ContentReferences(IKvTransaction transaction, ulong nowTicks)
{
    public void Add(byte[] referenceKey) => transaction.Put(referenceKey, ReadOnlyMemory<byte>.Empty);

    public async ValueTask ReleaseReferenceAsync(ContentId id, byte[] referenceKey, CancellationToken ct)
    {
        transaction.Delete(referenceKey);
        if (!await transaction.IsEmptyAsync(SchemaKeys.References(id), ct)) return;
        var content = await GetAsync(id, ct);
        if (content.Owner is null) ToGarbage(id);
    }

    public async ValueTask ReleaseOwnerAsync(ContentId id, CancellationToken ct)
    {
        if (await transaction.IsEmptyAsync(SchemaKeys.References(id), ct))
        {
            ToGarbage(id);
            return;
        }
        var content = await GetAsync(id, ct);
        content.Owner = null;
        transaction.PutRecord(SchemaKeys.Content(id), content);
    }

    /// <summary>An upload that is given up: its content was never made, and its parts go with it.</summary>
    public void GiveUp(ContentId upload) => ToGarbage(upload, GarbageKinds.Upload);

    /// <summary>The annotations of a version that goes.</summary>
    public void GiveUpAnnotations(ContentId set) => ToGarbage(set, GarbageKinds.Annotations);

    private void ToGarbage(ContentId id, uint kind = GarbageKinds.Content) =>
        transaction.PutRecord(SchemaKeys.Garbage(nowTicks, id), new GarbageRecord { Kind = kind });

    private async ValueTask<ContentRecord> GetAsync(ContentId id, CancellationToken ct) =>
        await transaction.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct)
        ?? throw new KvException(KvFault.Corrupt, $"Content {id} is referred to and has no row.");
}

/// <summary>Values of <c>GarbageRecord.kind</c>. Stored.</summary>
internal static class GarbageKinds
{
    public const uint Content = 0;
    public const uint Bucket = 1;
    public const uint Upload = 2;
    public const uint Annotations = 3;
}

/// <summary>Values of <c>ContentRecord.kind</c>. Stored.</summary>
internal static class ContentKinds
{
    public const uint Blobs = 0;
    public const uint Manifest = 1;
    public const uint Remote = 2;
}
