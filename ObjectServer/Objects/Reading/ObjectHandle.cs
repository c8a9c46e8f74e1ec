using System.Buffers;
using System.Security.Cryptography;
using System.IO.Pipelines;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>An open version. Dispose it: it pins its content.</summary>
internal sealed class ObjectHandle : IDisposable
{
    private readonly ObjectEngine _engine;
    private readonly ReadOnlyMemory<byte> _inline;
    private readonly ContentId _content;
    private readonly ContentSeal? _seal;
    private OpenContent? _open;
    private bool _disposed;

    internal ObjectHandle(ObjectEngine engine, BucketRecord bucket, VersionRecord record, ObjectInfo info, ReadOnlyMemory<byte> inline, ContentSeal? seal)
    {
        _seal = seal;
        _engine = engine;
        _inline = inline;
        var now = engine.NowTicks();
        _content = VersionBytes.ContentOf(record, now);
        IsReadThrough = VersionBytes.AreAway(record, now);
        Bucket = bucket;
        Record = record;
        Info = info;
        if (!_content.IsNone) engine.Pins.Pin(_content);
    }

    public ObjectInfo Info { get; }

    internal BucketRecord Bucket { get; }

    internal VersionRecord Record { get; }

    /// <summary>Whether its bytes come from another store.</summary>
    internal bool IsReadThrough { get; }

    /// <summary>Null when the content is plain.</summary>
    internal ContentSeal? Seal => _seal;

    internal ContentId Content => _content;

    /// <summary>The bytes as they are stored, where they are with the metadata; else empty.</summary>
    internal ReadOnlyMemory<byte> Inline => _inline;

    /// <summary>Whether its content is one of that store.</summary>
    internal bool IsOf(ObjectEngine engine) => ReferenceEquals(engine, _engine);

    /// <summary>Writes bytes [offset, offset + length), verified, and flushes as it goes.</summary>
    /// <exception cref="Erasure.Stripes.BlobStoreException">Unreadable: what was written is right but short; break the connection.</exception>
    public async ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Info.LengthBytes - offset);
        if (length == 0) return;
        if (_content.IsNone)
        {
            if (_seal is null) await destination.WriteAsync(_inline.Slice((int)offset, (int)length), ct);
            else await ReadSealedInlineAsync(_seal, (int)offset, (int)length, destination, ct);
            return;
        }
        await (await OpenAsync(ct)).ReadAsync(offset, length, destination, ct);
    }

    /// <summary>Where part <paramref name="partNumber"/> lies; <see cref="ObjectFault.InvalidPartNumber"/> if there is none.</summary>
    public async ValueTask<Result<PartInfo>> GetPartAsync(int partNumber, CancellationToken ct)
    {
        if (Info.PartCount > 0)
        {
            var part = await (await OpenManifestAsync(ct)).FindPartAsync(partNumber, ct);
            return part is null || IsBehind(part) ? ObjectFault.InvalidPartNumber : ManifestContent.ToInfo(part);
        }
        if (partNumber != 1) return ObjectFault.InvalidPartNumber;
        return new PartInfo(1, 0, Info.LengthBytes, Info.ETag, Info.Checksum, Info.LastModified);
    }

    /// <summary>Parts behind <paramref name="afterPartNumber"/>, for GetObjectAttributes. Empty for an object that was not uploaded in parts.</summary>
    public async ValueTask<PartPage> ListPartsAsync(int afterPartNumber, int maxParts, CancellationToken ct)
    {
        if (Info.PartCount == 0) return new PartPage([], 0, null);
        var manifest = await OpenManifestAsync(ct);
        var parts = new List<PartInfo>();
        var more = false;
        await foreach (var part in manifest.PartsAfterAsync(afterPartNumber, ct))
        {
            if (IsBehind(part)) break;
            more = parts.Count == maxParts;
            if (more) break;
            parts.Add(ManifestContent.ToInfo(part));
        }
        return new PartPage(parts, Info.PartCount, more && parts.Count > 0 ? parts[^1].PartNumber : null);
    }

    // Appended since the version was opened.
    private bool IsBehind(ManifestPart part) => part.EndOffset > Record.Length;

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (!_content.IsNone) _engine.Pins.Unpin(_content);
        _seal?.Dispose();
    }

    private async ValueTask ReadSealedInlineAsync(ContentSeal seal, int offset, int length, PipeWriter destination, CancellationToken ct)
    {
        var plain = ArrayPool<byte>.Shared.Rent(_inline.Length);
        try
        {
            using (var cipher = seal.CipherOf(Record.Encryption.InlineSalt.Span)) ContentSeal.OpenAll(cipher, _inline.Span, plain);
            await destination.WriteAsync(plain.AsMemory(offset, length), ct);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new BlobStoreException(BlobStoreFault.Unreadable, "An inlined body does not open under its key.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain.AsSpan(0, _inline.Length));
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    internal async ValueTask<OpenContent> OpenAsync(CancellationToken ct) =>
        _open ??= await OpenContent.OpenAsync(_engine, _content, _seal, ct);

    private async ValueTask<ManifestContent> OpenManifestAsync(CancellationToken ct) => (ManifestContent)await OpenAsync(ct);
}
