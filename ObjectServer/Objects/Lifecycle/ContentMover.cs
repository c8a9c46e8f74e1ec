using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>A move of a version's bytes that a transaction has found due and cannot make itself.</summary>
internal sealed class MoveWish
{
    /// <summary>Null: none is due.</summary>
    public VersionRecord? Version { get; set; }

    public Scheme Scheme { get; set; }
}

/// <summary>
/// Writes the bytes of a version anew under another scheme, as they are stored: what is sealed stays sealed, and no key is needed.
/// Nothing of a version changes here; the transaction that judges it swaps the contents. What is not swapped in becomes garbage:
/// single blobs at once, or as orphans after a crash; the parts of a manifest by a row of garbage that is written before them.
/// </summary>
internal sealed class ContentMover(ObjectEngine engine)
{
    /// <summary>Moves that take longer are given up: by then their parts are garbage.</summary>
    private static readonly TimeSpan MoveLimit = TimeSpan.FromDays(1);

    private readonly ContentWriter _contents = new(engine);

    /// <exception cref="BlobStoreException">The bytes cannot be read, or not be written now.</exception>
    /// <exception cref="KvException">The metadata did not answer, or the move was overtaken.</exception>
    public async ValueTask<MovedContent> MoveAsync(VersionRecord version, Scheme scheme, string bucket, byte[] key, CancellationToken ct)
    {
        var id = ContentId.FromField(version.ContentId);
        engine.Pins.Pin(id);
        try
        {
            ContentRecord content;
            using (var snapshot = engine.Store.Snapshot())
            {
                content = await snapshot.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct)
                    ?? throw new KvException(KvFault.Unavailable, $"Content {id} has gone before it was moved.");
            }
            if (content.Kind == ContentKinds.Manifest) return await MovePartsAsync(version, id, content, scheme, bucket, key, ct);
            var tag = new SalvageTag { Bucket = bucket, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks(), Headers = version.Headers, Encryption = version.Encryption };
            var written = await WriteAsync(id, 0, (long)content.Length, scheme, tag, ct);
            return new MovedContent(version, scheme, written, version.Encryption is null ? default : ContentRows.SealedAs(id, content));
        }
        finally
        {
            engine.Pins.Unpin(id);
        }
    }

    private async ValueTask<MovedContent> MovePartsAsync(
        VersionRecord version, ContentId id, ContentRecord content, Scheme scheme, string bucket, byte[] key, CancellationToken ct)
    {
        var target = engine.Ids.Next();
        var garbage = SchemaKeys.Garbage((engine.Time.GetUtcNow() + MoveLimit).ToTicks(), target);
        await CommitAsync(transaction =>
        {
            transaction.PutRecord(garbage, new GarbageRecord { Kind = GarbageKinds.Upload });
            return ValueTask.CompletedTask;
        }, ct);
        var parts = new List<ManifestPart>();
        var depth = 1u;
        await foreach (var part in new ManifestContent(engine, id, content, seal: null).PartsAfterAsync(0, ct))
        {
            var tag = new SalvageTag
            {
                Bucket = bucket, Key = ByteString.CopyFrom(key), Upload = ByteString.CopyFrom(target.ToBytes()), PartNumber = part.PartNumber,
                WrittenTicks = engine.NowTicks(), Encryption = version.Encryption,
            };
            if (version.Encryption is not null && await FindManifestAsync(part, ct) is { } below)
            {
                // Sealed bytes cannot be read as one stream without their key: what lies below stays a manifest, of contents each sealed for itself.
                using var nested = await MovePartsAsync(version, ContentId.FromField(part.ContentId), below, scheme, bucket, key, ct);
                depth = Math.Max(depth, nested.Depth + 1);
                parts.Add(await PutNestedAsync(part, nested, target, garbage, ct));
                continue;
            }
            parts.Add(await MovePartAsync(part, target, garbage, version.Encryption is not null, scheme, tag, ct));
        }
        return new MovedContent(version, scheme, target, garbage, content, parts) { Depth = depth };
    }

    /// <summary>The manifest that a part of a sealed version is, whole; null if it is blobs.</summary>
    private async ValueTask<ContentRecord?> FindManifestAsync(ManifestPart part, CancellationToken ct)
    {
        if (part.ContentId.IsEmpty) return null;
        using var snapshot = engine.Store.Snapshot();
        var record = await snapshot.GetRecordAsync(SchemaKeys.Content(ContentId.FromField(part.ContentId)), ContentRecord.Parser, ct);
        if (record is not { Kind: ContentKinds.Manifest }) return null;
        return part.SliceOffset == 0 && part.Length == record.Length ? record : throw new KvException(KvFault.Corrupt, $"Part {part.PartNumber} is a slice of a sealed manifest.");
    }

    /// <summary>A manifest that was moved becomes a part of the one above it, and leaves its own row of garbage for that one's.</summary>
    private async ValueTask<ManifestPart> PutNestedAsync(ManifestPart part, MovedContent nested, ContentId target, byte[] garbage, CancellationToken ct)
    {
        var moved = Unbound(part);
        moved.ContentId = ByteString.CopyFrom(nested.Id.ToBytes());
        await CommitAsync(async transaction =>
        {
            await MovedContent.CheckStandsAsync(transaction, garbage, engine.NowTicks(), ct);
            await nested.PutAsync(transaction, new ContentOwner { Upload = ByteString.CopyFrom(target.ToBytes()), PartNumber = part.PartNumber }, engine.NowTicks(), ct);
            transaction.PutRecord(SchemaKeys.Part(target, (int)part.PartNumber), new PartRecord { Length = part.Length, ContentId = moved.ContentId });
        }, ct);
        return moved;
    }

    private static ManifestPart Unbound(ManifestPart part)
    {
        var moved = part.Clone();
        (moved.SliceOffset, moved.Reference) = (0, 0);
        return moved;
    }

    private async ValueTask<ManifestPart> MovePartAsync(
        ManifestPart part, ContentId target, byte[] garbage, bool isSealed, Scheme scheme, SalvageTag tag, CancellationToken ct)
    {
        var moved = Unbound(part);
        if (part.ContentId.IsEmpty) return moved;
        var source = ContentId.FromField(part.ContentId);
        var sealedAs = default(ContentId);
        var length = (long)part.Length;
        if (isSealed)
        {
            // Parts that are sealed are whole contents: their key is derived from the content's id.
            using var snapshot = engine.Store.Snapshot();
            var record = await snapshot.GetRecordAsync(SchemaKeys.Content(source), ContentRecord.Parser, ct)
                ?? throw new KvException(KvFault.Corrupt, $"Content {source} is referred to and has no row.");
            (sealedAs, length) = (ContentRows.SealedAs(source, record), (long)record.Length);
        }
        using var written = await WriteAsync(source, (long)part.SliceOffset, length, scheme, tag, ct);
        moved.ContentId = ByteString.CopyFrom(written.Id.ToBytes());
        try
        {
            await CommitAsync(async transaction =>
            {
                await MovedContent.CheckStandsAsync(transaction, garbage, engine.NowTicks(), ct);
                var owner = new ContentOwner { Upload = ByteString.CopyFrom(target.ToBytes()), PartNumber = part.PartNumber };
                ContentRows.Put(transaction, written.Id, written.Blobs, written.LengthBytes, owner, scheme, engine.NowTicks(), sealedAs);
                transaction.PutRecord(SchemaKeys.Part(target, (int)part.PartNumber), new PartRecord { Length = part.Length, ContentId = moved.ContentId });
            }, ct);
            written.Conclude(ObjectFault.None);
        }
        catch (KvException e) when (e.Fault != KvFault.UnknownOutcome)
        {
            written.Discard();
            throw;
        }
        return moved;
    }

    private async ValueTask<WrittenContent> WriteAsync(ContentId source, long offset, long length, Scheme scheme, SalvageTag tag, CancellationToken ct)
    {
        var open = await OpenContent.OpenAsync(engine, source, seal: null, ct);
        await using var body = new HandleSource(length, default, (writer, token) => open.ReadAsync(offset, length, writer, token), ct);
        const int neverInline = -1;
        return await _contents.WriteAsync(body, scheme, neverInline, ChecksumAlgorithm.None, tag, key: null, ct);
    }

    private async ValueTask CommitAsync(Func<IKvTransaction, ValueTask> change, CancellationToken ct)
    {
        var done = await engine.Transactions.RunAsync<Done>(async transaction =>
        {
            await change(transaction);
            return new Done();
        }, ct);
        if (!done.IsOk) throw new KvException(done.Fault == ObjectFault.UnknownOutcome ? KvFault.UnknownOutcome : KvFault.Unavailable, $"A move could not be committed: {done.Fault}.");
    }
}
