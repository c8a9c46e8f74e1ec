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

    public MoveTarget Target { get; set; }

    /// <summary>The version whose bytes were moved.</summary>
    public VersionRecord? Moving { get; set; }

    /// <summary>Whether bytes may be sent to another store.</summary>
    public bool MaySend { get; init; }
}

/// <summary>Where bytes are to be.</summary>
/// <param name="Scheme">How they are stored here.</param>
/// <param name="Tier">The store that they go to instead; null for this one.</param>
internal readonly record struct MoveTarget(Scheme Scheme, Tier? Tier = null);

/// <summary>
/// Writes the bytes of a version anew under another scheme, or into another store or back, as they are stored: what is sealed stays sealed, and no key is needed.
/// Nothing of a version changes here; the transaction that judges it swaps the contents. What is not swapped in becomes garbage:
/// single blobs at once, or as orphans after a crash; the parts of a manifest by a row of garbage that is written before them.
/// </summary>
internal sealed class ContentMover(ObjectEngine engine)
{
    /// <summary>Moves that take longer are given up: by then their parts are garbage.</summary>
    private static readonly TimeSpan MoveLimit = TimeSpan.FromDays(1);

    private readonly ContentWriter _contents = new(engine);
    private readonly TierSender _sender = new(engine);

    /// <exception cref="BlobStoreException">The bytes cannot be read, or not be written now.</exception>
    /// <exception cref="KvException">The metadata did not answer, or the move was overtaken.</exception>
    /// <exception cref="TierException">Another store did not take them, or did not give them back.</exception>
    public async ValueTask<MovedContent> MoveAsync(VersionRecord version, MoveTarget target, string bucket, byte[] key, CancellationToken ct)
    {
        if (version.Has(VersionFlags.Inline)) return await SendInlineAsync(version, target, bucket, key, ct);
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
            if (content.Kind == ContentKinds.Manifest) return await MovePartsAsync(version, id, content, target, bucket, key, ct);
            var sealedAs = version.Encryption is null ? default : ContentRows.SealedAs(id, content);
            if (target.Tier is { } tier)
            {
                var open = await OpenContent.OpenAsync(engine, id, seal: null, ct);
                return new MovedContent(version, target, await _sender.SendAsync(tier, version, bucket, key, part: 0, (long)content.Length, sealedAs, MoveLimit, SourceOf(open, 0), ct));
            }
            var tag = new SalvageTag { Bucket = bucket, Key = ByteString.CopyFrom(key), WrittenTicks = engine.NowTicks(), Headers = version.Headers, Encryption = version.Encryption };
            var written = await WriteAsync(id, 0, (long)content.Length, target.Scheme, tag, ct);
            return new MovedContent(version, target, written, sealedAs);
        }
        finally
        {
            engine.Pins.Unpin(id);
        }
    }

    private async ValueTask<MovedContent> MovePartsAsync(
        VersionRecord version, ContentId id, ContentRecord content, MoveTarget to, string bucket, byte[] key, CancellationToken ct)
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
                using var nested = await MovePartsAsync(version, ContentId.FromField(part.ContentId), below, to, bucket, key, ct);
                depth = Math.Max(depth, nested.Depth + 1);
                parts.Add(await PutNestedAsync(part, nested, target, garbage, ct));
                continue;
            }
            parts.Add(await MovePartAsync(version, part, target, garbage, to, tag, ct));
        }
        return new MovedContent(version, to, target, garbage, content, parts) { Depth = depth };
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
        VersionRecord version, ManifestPart part, ContentId target, byte[] garbage, MoveTarget to, SalvageTag tag, CancellationToken ct)
    {
        var moved = Unbound(part);
        if (part.ContentId.IsEmpty) return moved;
        var source = ContentId.FromField(part.ContentId);
        var sealedAs = default(ContentId);
        var length = (long)part.Length;
        if (version.Encryption is not null)
        {
            // Parts that are sealed are whole contents: their key is derived from the content's id.
            using var snapshot = engine.Store.Snapshot();
            var record = await snapshot.GetRecordAsync(SchemaKeys.Content(source), ContentRecord.Parser, ct)
                ?? throw new KvException(KvFault.Corrupt, $"Content {source} is referred to and has no row.");
            (sealedAs, length) = (ContentRows.SealedAs(source, record), (long)record.Length);
        }
        var owner = new ContentOwner { Upload = ByteString.CopyFrom(target.ToBytes()), PartNumber = part.PartNumber };
        if (to.Tier is { } tier) return await SendPartAsync(tier, version, moved, source, (long)part.SliceOffset, length, sealedAs, owner, garbage, tag, ct);
        using var written = await WriteAsync(source, (long)part.SliceOffset, length, to.Scheme, tag, ct);
        moved.ContentId = ByteString.CopyFrom(written.Id.ToBytes());
        try
        {
            await CommitAsync(async transaction =>
            {
                await MovedContent.CheckStandsAsync(transaction, garbage, engine.NowTicks(), ct);
                ContentRows.Put(transaction, written.Id, written.Blobs, written.LengthBytes, owner, to.Scheme, engine.NowTicks(), sealedAs);
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

    private async ValueTask<ManifestPart> SendPartAsync(
        Tier tier, VersionRecord version, ManifestPart moved, ContentId source, long offset, long length, ContentId sealedAs, ContentOwner owner, byte[] garbage, SalvageTag tag, CancellationToken ct)
    {
        var open = await OpenContent.OpenAsync(engine, source, seal: null, ct);
        var sent = await _sender.SendAsync(tier, version, tag.Bucket, tag.Key.ToByteArray(), (int)moved.PartNumber, length, sealedAs, MoveLimit, SourceOf(open, offset), ct);
        moved.ContentId = ByteString.CopyFrom(sent.Id.ToBytes());
        try
        {
            await CommitAsync(async transaction =>
            {
                await MovedContent.CheckStandsAsync(transaction, garbage, engine.NowTicks(), ct);
                await sent.PutAsync(transaction, owner, engine.NowTicks(), ct);
                transaction.PutRecord(SchemaKeys.Part(ContentId.FromField(owner.Upload), (int)moved.PartNumber), new PartRecord { Length = moved.Length, ContentId = moved.ContentId });
            }, ct);
        }
        catch
        {
            await _sender.GiveUpAsync(sent.Garbage, CancellationToken.None);
            throw;
        }
        return moved;
    }

    private async ValueTask<MovedContent> SendInlineAsync(VersionRecord version, MoveTarget target, string bucket, byte[] key, CancellationToken ct)
    {
        ReadOnlyMemory<byte> bytes;
        using (var snapshot = engine.Store.Snapshot())
        {
            // The bucket is the one that the version was found in, or the version is another one by the swap.
            var id = (await ObjectEngine.GetBucketAsync(snapshot, bucket, ct))?.Id ?? 0;
            bytes = await snapshot.GetAsync(SchemaKeys.Inline(id, key, version.Sequence), ct)
                ?? throw new KvException(KvFault.Unavailable, "An inlined version has gone before it was moved.");
        }
        var sealedAs = version.Encryption is null ? default : ContentId.FromField(version.Encryption.InlineSalt);
        var sent = await _sender.SendAsync(target.Tier!, version, bucket, key, part: 0, bytes.Length, sealedAs, MoveLimit,
            (offset, length, _) => ValueTask.FromResult<Stream>(new MemoryStream(bytes.Slice((int)offset, (int)length).ToArray(), writable: false)), ct);
        return new MovedContent(version, target, sent);
    }

    /// <summary>What was sent to another store and is not needed is due to be deleted there at once. What became somebody's stays.</summary>
    public async ValueTask GiveUpAsync(MovedContent moved)
    {
        if (moved.GarbageThere is { } garbage) await _sender.GiveUpAsync(garbage, CancellationToken.None);
    }

    private static TierSource SourceOf(OpenContent content, long start) =>
        (offset, length, ct) => ValueTask.FromResult<Stream>(new PipedStream((writer, token) => content.ReadAsync(start + offset, length, writer, token), ct));

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
