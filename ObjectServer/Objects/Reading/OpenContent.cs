using System.IO.Pipelines;
using ObjectStore.Erasure.Codec;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A content whose rows have been read. Its rows never change, but that a manifest may grow at its end, and are not freed while it, or a manifest that holds it, is pinned.</summary>
internal abstract class OpenContent
{
    public abstract ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct);

    /// <summary>Whether all blobs that hold bytes [offset, offset + length) have this scheme. Costs a row for each part.</summary>
    public ValueTask<bool> UsesSchemeAsync(Scheme scheme, long offset, long length, CancellationToken ct) => UsesSchemeAsync(new SchemeQuestion(scheme), offset, length, ct);

    /// <inheritdoc cref="UsesSchemeAsync(Scheme, long, long, CancellationToken)"/>
    public ValueTask<bool> UsesSchemeAsync(Scheme scheme, CancellationToken ct) => UsesSchemeAsync(scheme, 0, long.MaxValue, ct);

    protected internal abstract ValueTask<bool> UsesSchemeAsync(SchemeQuestion question, long offset, long length, CancellationToken ct);

    /// <summary>How many manifests lie below one another; 0 for blobs.</summary>
    public abstract int Depth { get; }

    /// <param name="seal">Of the version, for all of its contents; null when they are plain.</param>
    public static async ValueTask<OpenContent> OpenAsync(ObjectEngine engine, ContentId id, ContentSeal? seal, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        var record = await snapshot.GetRecordAsync(SchemaKeys.Content(id), ContentRecord.Parser, ct)
            ?? throw new KvException(KvFault.Corrupt, $"Content {id} is referred to and has no row.");
        if (record.Kind == ContentKinds.Manifest) return new ManifestContent(engine, id, record, seal);
        var content = await OpenStoredAsync(engine, snapshot, id, record, ct);
        if (seal is not null) content = new SealedContent(content, (long)record.Length, seal, ContentRows.SealedAs(id, record));
        if (record.Compression is not { } compression) return content;
        var frameBytes = seal is null ? (long)record.Length : ContentSeal.PlainLength((long)record.Length);
        return new CompressedContent(content, frameBytes, compression, id, engine.Compression.Contexts);
    }

    /// <summary>The bytes of blobs as they are stored, which <see cref="ContentForm"/> tells the meaning of. Offsets are theirs.</summary>
    public static async ValueTask<OpenContent> OpenStoredAsync(ObjectEngine engine, ContentId id, ContentRecord record, CancellationToken ct)
    {
        using var snapshot = engine.Store.Snapshot();
        return await OpenStoredAsync(engine, snapshot, id, record, ct);
    }

    private static async ValueTask<OpenContent> OpenStoredAsync(ObjectEngine engine, IKvReader reader, ContentId id, ContentRecord record, CancellationToken ct) => record.Kind == ContentKinds.Remote
        ? new RemoteContent(engine.Tiers.Store, id, record)
        : new BlobContent(engine.Blobs, await ContentRows.GetBlobsAsync(reader, id, record, ct));
    }
