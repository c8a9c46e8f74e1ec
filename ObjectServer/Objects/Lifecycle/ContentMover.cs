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

    /// <summary>Whether bytes may be sent to another store.</summary>
    public bool MaySend { get; init; }
}

/// <summary>Where bytes are to be.</summary>
/// <param name="Scheme">How they are stored here.</param>
/// <param name="Tier">The store that they go to instead; null for this one.</param>
internal readonly record struct MoveTarget(Scheme Scheme, Tier? Tier = null);

/// <summary>A visit to one version's move: it ends after a while, so that what else is due has its turn.</summary>
/// <param name="EndsAt">No part is begun behind this, but the first.</param>
internal sealed record MoveVisit(VersionRecord Version, MoveTarget Target, string Bucket, ulong BucketId, byte[] Key, DateTimeOffset EndsAt)
{
    public bool HasMoved { get; set; }

    public bool IsSealed => Version.Encryption is not null;
}

/// <summary>
/// Writes the bytes of a version anew under another scheme, or into another store or back, as they are stored: what is sealed stays sealed, and no key is needed.
/// Nothing of a version changes here; the transaction that judges it swaps the contents. What is not swapped in becomes garbage:
/// single blobs at once, or as orphans after a crash; the parts of a manifest by a row of garbage that is written before them (<see cref="OpenMove"/>).
/// </summary>
internal sealed class ContentMover(ObjectEngine engine)
{
    /// <summary>Of the moves that go on side by side none keeps the others, or an expiration, waiting for much longer.</summary>
    private static readonly TimeSpan VisitLength = TimeSpan.FromSeconds(10);

    /// <summary>A plain part that is itself a manifest is written as one content, up to the longest part that clients upload; longer ones are moved part by part.</summary>
    private const ulong MaxFlattenedBytes = 5UL << 30;

    /// <summary>What is sent to another store in one go may take so long.</summary>
    private static readonly TimeSpan SendLimit = TimeSpan.FromDays(1);

    private readonly ContentWriter _contents = new(engine);
    private readonly TierSender _sender = new(engine);

    /// <summary>Null when there is more to do: what has been moved is kept, and the next visit goes on from there.</summary>
    /// <exception cref="BlobStoreException">The bytes cannot be read, or not be written now.</exception>
    /// <exception cref="KvException">The metadata did not answer, or the move was overtaken.</exception>
    /// <exception cref="TierException">Another store did not take them, or did not give them back.</exception>
    public async ValueTask<MovedContent?> MoveAsync(VersionRecord version, MoveTarget target, string bucket, ulong bucketId, byte[] key, CancellationToken ct)
    {
        if (version.Has(VersionFlags.Inline)) return await SendInlineAsync(version, target, bucket, bucketId, key, ct);
        var id = ContentId.FromField(version.ContentId);
        engine.Pins.Pin(id);
        try
        {
            var visit = new MoveVisit(version, target, bucket, bucketId, key, engine.Time.GetUtcNow() + VisitLength);
            var content = await GetAsync(id, ct) ?? throw new KvException(KvFault.Unavailable, $"Content {id} has gone before it was moved.");
            if (content.Kind == ContentKinds.Manifest) return await MovePartsAsync(visit, id, content, above: null, ct);
            if (target.Tier is { } tier) return new MovedContent(version, target, await SendStoredAsync(visit, tier, id, content, part: 0, ct));
            var tag = NewTag(visit);
            tag.Headers = version.Headers;
            return new MovedContent(version, target, await WriteStoredAsync(visit, id, content, tag, ct));
        }
        finally
        {
            engine.Pins.Unpin(id);
        }
    }

    private async ValueTask<MovedContent?> MovePartsAsync(MoveVisit visit, ContentId id, ContentRecord content, OpenMove? above, CancellationToken ct)
    {
        var move = await OpenMove.OpenAsync(engine, OpenMove.RecordOf(id, visit.BucketId, visit.Version, visit.Target), above, ct);
        var parts = new List<ManifestPart>();
        var depth = 1u;
        await foreach (var part in new ManifestContent(engine, id, content, seal: null).PartsAfterAsync(0, ct))
        {
            var moved = Unbound(part);
            parts.Add(moved);
            if (part.ContentId.IsEmpty) continue;
            if (!move.Done.TryGetValue(part.PartNumber, out var done))
            {
                if (visit.HasMoved && engine.Time.GetUtcNow() >= visit.EndsAt) return null;
                done = await MovePartAsync(visit, move, part, ct);
                if (done is null) return null;
            }
            moved.ContentId = done.ContentId;
            depth = Math.Max(depth, done.Depth + 1);
        }
        return new MovedContent(visit.Version, visit.Target, move.Target, move.Garbage, content, parts) { Depth = depth };
    }

    /// <summary>The row of the part as it has been moved; null if there is more to do below it.</summary>
    private async ValueTask<PartRecord?> MovePartAsync(MoveVisit visit, OpenMove move, ManifestPart part, CancellationToken ct)
    {
        var source = ContentId.FromField(part.ContentId);
        var record = await GetAsync(source, ct) ?? throw new KvException(KvFault.Corrupt, $"Content {source} is referred to and has no row.");
        var isWhole = part.SliceOffset == 0 && part.Length == (record.Compression?.Length ?? record.Length);
        if (record.Kind == ContentKinds.Manifest && (visit.IsSealed || (isWhole && part.Length > MaxFlattenedBytes)))
        {
            // Sealed bytes cannot be read as one stream without their key: what lies below stays a manifest, of contents each sealed for itself.
            if (!isWhole) throw new KvException(KvFault.Corrupt, $"Part {part.PartNumber} is a slice of a sealed manifest.");
            using var nested = await MovePartsAsync(visit, source, record, move, ct);
            return nested is null ? null : await PutNestedAsync(move, part, nested, ct);
        }
        visit.HasMoved = true;
        // Parts that are sealed are whole contents: their key is derived from the content's id.
        var isStored = visit.IsSealed || (isWhole && record.Kind != ContentKinds.Manifest);
        if (visit.Target.Tier is { } tier)
        {
            var sent = isStored ? await SendStoredAsync(visit, tier, source, record, (int)part.PartNumber, ct) : await SendSliceAsync(visit, tier, source, part, ct);
            return await PutSentAsync(move, part, sent, ct);
        }
        var tag = NewTag(visit);
        (tag.Upload, tag.PartNumber) = (ByteString.CopyFrom(move.Target.ToBytes()), part.PartNumber);
        using var written = isStored
            ? await WriteStoredAsync(visit, source, record, tag, ct)
            : await WriteSliceAsync(visit, source, part, tag, ct);
        return await PutPartAsync(move, part, written, ct);
    }

    private async ValueTask<PartRecord> PutPartAsync(OpenMove move, ManifestPart part, WrittenContent written, CancellationToken ct)
    {
        var row = new PartRecord { Length = part.Length, ContentId = ByteString.CopyFrom(written.Id.ToBytes()) };
        try
        {
            await move.CommitPartAsync(engine, part.PartNumber, row, transaction =>
            {
                ContentRows.Put(transaction, written, OwnerOf(move, part), engine.NowTicks());
                return ValueTask.CompletedTask;
            }, ct);
            written.Conclude(ObjectFault.None);
        }
        catch (KvException e) when (e.Fault != KvFault.UnknownOutcome)
        {
            written.Discard();
            throw;
        }
        return row;
    }

    private async ValueTask<PartRecord> PutSentAsync(OpenMove move, ManifestPart part, SentContent sent, CancellationToken ct)
    {
        var row = new PartRecord { Length = part.Length, ContentId = ByteString.CopyFrom(sent.Id.ToBytes()) };
        try
        {
            await move.CommitPartAsync(engine, part.PartNumber, row, transaction => sent.PutAsync(transaction, OwnerOf(move, part), engine.NowTicks(), ct), ct);
        }
        catch
        {
            await _sender.GiveUpAsync(sent.Garbage, CancellationToken.None);
            throw;
        }
        return row;
    }

    /// <summary>A manifest that was moved becomes a part of the one above it, and leaves its own row of garbage for that one's.</summary>
    private async ValueTask<PartRecord> PutNestedAsync(OpenMove move, ManifestPart part, MovedContent nested, CancellationToken ct)
    {
        var row = new PartRecord { Length = part.Length, ContentId = ByteString.CopyFrom(nested.Id.ToBytes()), Depth = nested.Depth };
        await move.CommitPartAsync(engine, part.PartNumber, row, transaction => nested.PutAsync(transaction, OwnerOf(move, part), engine.NowTicks(), ct), ct);
        return row;
    }

    private async ValueTask<ContentRecord?> GetAsync(ContentId id, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        return await snapshot.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct);
    }

    private static ContentOwner OwnerOf(OpenMove move, ManifestPart part) => new() { Upload = ByteString.CopyFrom(move.Target.ToBytes()), PartNumber = part.PartNumber };

    private static ManifestPart Unbound(ManifestPart part)
    {
        var moved = part.Clone();
        (moved.SliceOffset, moved.Reference) = (0, 0);
        return moved;
    }

    private SalvageTag NewTag(MoveVisit visit) => new()
    {
        Bucket = visit.Bucket, Key = ByteString.CopyFrom(visit.Key), WrittenTicks = engine.NowTicks(), Encryption = visit.Version.Encryption,
    };

    /// <summary>The bytes of blobs as they are, sealed and compressed.</summary>
    private async ValueTask<WrittenContent> WriteStoredAsync(MoveVisit visit, ContentId source, ContentRecord record, SalvageTag tag, CancellationToken ct)
    {
        var form = ContentForm.Of(source, record, visit.IsSealed);
        if (visit.IsSealed) tag.SealedAs = ByteString.CopyFrom(form.SealedAs.ToBytes());
        if (form.Compression is { } compression) tag.Compression = new CompressionRecord { Method = compression.Method, FrameSize = compression.FrameSize };
        var open = await OpenContent.OpenStoredAsync(engine, source, record, ct);
        var written = await WriteAsync(open, 0, (long)record.Length, visit.Target.Scheme, tag, CompressionChoice.None, ct);
        written.Form = form;
        return written;
    }

    /// <summary>A piece of a content, or what lies below a manifest: what of it is compressed can only be cut by opening it.</summary>
    private async ValueTask<WrittenContent> WriteSliceAsync(MoveVisit visit, ContentId source, ManifestPart part, SalvageTag tag, CancellationToken ct)
    {
        var open = await OpenContent.OpenAsync(engine, source, seal: null, ct);
        var compression = visit.Version.Compression == 0 ? CompressionChoice.None : new CompressionChoice(BucketCompression.DefaultLevel);
        return await WriteAsync(open, (long)part.SliceOffset, (long)part.Length, visit.Target.Scheme, tag, compression, ct);
    }

    /// <summary>Bytes as they are, sealed and compressed, into another store.</summary>
    private async ValueTask<SentContent> SendStoredAsync(MoveVisit visit, Tier tier, ContentId source, ContentRecord record, int part, CancellationToken ct)
    {
        var open = await OpenContent.OpenStoredAsync(engine, source, record, ct);
        return await SendAsync(visit, tier, part, (long)record.Length, ContentForm.Of(source, record, visit.IsSealed), SourceOf(open, 0), ct);
    }

    private async ValueTask<SentContent> SendSliceAsync(MoveVisit visit, Tier tier, ContentId source, ManifestPart part, CancellationToken ct)
    {
        var open = await OpenContent.OpenAsync(engine, source, seal: null, ct);
        return await SendAsync(visit, tier, (int)part.PartNumber, (long)part.Length, default, SourceOf(open, (long)part.SliceOffset), ct);
    }

    private async ValueTask<MovedContent> SendInlineAsync(VersionRecord version, MoveTarget target, string bucket, ulong bucketId, byte[] key, CancellationToken ct)
    {
        ReadOnlyMemory<byte> bytes;
        using (var snapshot = engine.Store.Snapshot())
        {
            bytes = await snapshot.GetAsync(SchemaKeys.Inline(bucketId, key, version.Sequence), ct)
                ?? throw new KvException(KvFault.Unavailable, "An inlined version has gone before it was moved.");
        }
        var visit = new MoveVisit(version, target, bucket, bucketId, key, default);
        var form = new ContentForm(version.Encryption is null ? default : ContentId.FromField(version.Encryption.InlineSalt), null);
        return new MovedContent(version, target, await SendAsync(visit, target.Tier!, part: 0, bytes.Length, form,
            (offset, length, _) => ValueTask.FromResult<Stream>(new MemoryStream(bytes.Slice((int)offset, (int)length).ToArray(), writable: false)), ct));
    }

    private ValueTask<SentContent> SendAsync(MoveVisit visit, Tier tier, int part, long lengthBytes, ContentForm form, TierSource source, CancellationToken ct) =>
        _sender.SendAsync(tier, visit.Version, visit.Bucket, visit.Key, part, lengthBytes, form, SendLimit, source, ct);

    /// <summary>What was sent to another store and is not needed is due to be deleted there at once. What became somebody's stays.</summary>
    public async ValueTask GiveUpAsync(MovedContent moved)
    {
        if (moved.GarbageThere is { } garbage) await _sender.GiveUpAsync(garbage, CancellationToken.None);
    }

    private static TierSource SourceOf(OpenContent content, long start) =>
        (offset, length, ct) => ValueTask.FromResult<Stream>(new PipedStream((writer, token) => content.ReadAsync(start + offset, length, writer, token), ct));

    private async ValueTask<WrittenContent> WriteAsync(OpenContent source, long offset, long length, Scheme scheme, SalvageTag tag, CompressionChoice compression, CancellationToken ct)
    {
        await using var body = new HandleSource(length, default, (writer, token) => source.ReadAsync(offset, length, writer, token), ct);
        const int neverInline = -1;
        return await _contents.WriteAsync(body, scheme, neverInline, ChecksumAlgorithm.None, tag, key: null, compression, ct);
    }
}
