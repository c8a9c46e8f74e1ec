using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Takes sealed chunks in their order and writes what they hold to another writer: straight into its memory, which it is only
/// told of once the chunk's tag has held. Begins at a chunk. For one read of one content; dispose it.
/// </summary>
/// <param name="cipher">Of the content; stays the caller's.</param>
/// <param name="sealedBytes">Of the whole content: they give the length of its last chunk.</param>
/// <param name="firstChunk">The chunk that comes first.</param>
/// <param name="skipBytes">Of its plain bytes these are not wanted.</param>
/// <param name="lengthBytes">Plain bytes that are wanted.</param>
internal sealed class OpeningWriter(
    PipeWriter destination, AesGcm cipher, ContentId id, long sealedBytes, long firstChunk, int skipBytes, long lengthBytes) : PipeWriter, IPieceWriter, IDisposable
{
    /// <summary>Bytes between two flushes of the destination, as many as of plain contents.</summary>
    private const int FlushBytes = 256 * 1024;

    // What works on pieces of its own wants no more of them than it can begin with.
    private readonly int _flushBytes = destination is IPieceWriter ? ContentSeal.ChunkBytes : FlushBytes;
    private byte[] _sealed = ArrayPool<byte>.Shared.Rent(ContentSeal.SealedChunkBytes);
    private int _held;
    private long _chunk = firstChunk;
    private int _skip = skipBytes;
    private int _unflushed;
    private bool _hasBegun;

    /// <summary>Plain bytes that are still to come.</summary>
    public long RestBytes { get; private set; } = lengthBytes;

    /// <summary>Whether nobody reads the other end any more.</summary>
    public bool IsClosed { get; private set; }

    public int NextPieceBytes => Math.Max(1, ChunkLength - _held);

    /// <summary>Of the chunk that comes next, sealed; 0 behind the last.</summary>
    private int ChunkLength => (int)Math.Clamp(sealedBytes - (_chunk * ContentSeal.SealedChunkBytes), 0, ContentSeal.SealedChunkBytes);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_sealed.Length - _held < Math.Max(sizeHint, 1)) Grow(_held + Math.Max(sizeHint, 1));
        return _sealed.AsMemory(_held);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _sealed.Length - _held);
        _held += bytes;
    }

    /// <exception cref="BlobStoreException">A chunk does not open. Nothing of it was written.</exception>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (IsClosed) return new(new FlushResult(isCanceled: false, isCompleted: true));
        var at = 0;
        while (RestBytes > 0 && ChunkLength is var length && length <= _held - at)
        {
            OpenChunk(_sealed.AsSpan(at, length));
            at += length;
        }
        _sealed.AsSpan(at, _held - at).CopyTo(_sealed);
        _held -= at;
        return _unflushed >= _flushBytes || (_unflushed > 0 && RestBytes == 0) ? FlushDestinationAsync(cancellationToken) : default;
    }

    public override void CancelPendingFlush() => destination.CancelPendingFlush();

    /// <summary>The other writer stays open: more contents may follow.</summary>
    public override void Complete(Exception? exception = null)
    {
        // What is not a whole chunk is never written.
    }

    public void Dispose()
    {
        if (_sealed.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_sealed);
        _sealed = [];
    }

    private async ValueTask<FlushResult> FlushDestinationAsync(CancellationToken ct)
    {
        _unflushed = 0;
        var flushed = await destination.FlushAsync(ct);
        IsClosed |= flushed.IsCompleted || flushed.IsCanceled;
        return flushed;
    }

    private void OpenChunk(Span<byte> bytes)
    {
        var plain = bytes[..^ContentSeal.TagBytes];
        var count = (int)Math.Min(plain.Length - _skip, RestBytes);
        try
        {
            // The first is opened in its place: until room is asked for, the answer can still become an error. So is one of which
            // a part is wanted: what is not asked for does not come near the answer.
            if (_hasBegun && count == plain.Length) ContentSeal.Open(cipher, _chunk, bytes, RoomFor(count));
            else OpenInPlace(bytes, plain, count);
        }
        catch (AuthenticationTagMismatchException e)
        {
            // The drives' checksums held, so these are bytes that were stored so: not what was sealed under this key.
            throw new BlobStoreException(BlobStoreFault.Unreadable, $"Chunk {_chunk} of content {id} does not open under its key.", e);
        }
        destination.Advance(count);
        _hasBegun = true;
        _chunk++;
        _skip = 0;
        RestBytes -= count;
        _unflushed += count;
    }

    private void OpenInPlace(Span<byte> bytes, Span<byte> plain, int count)
    {
        ContentSeal.Open(cipher, _chunk, bytes, plain);
        plain.Slice(_skip, count).CopyTo(RoomFor(count));
        CryptographicOperations.ZeroMemory(plain);
    }

    /// <summary>Of what is flushed together, in one piece, so that it is sent as one.</summary>
    private Span<byte> RoomFor(int count) => destination.GetSpan(_unflushed == 0 ? (int)Math.Min(RestBytes, _flushBytes) : count);

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        _sealed.AsSpan(0, _held).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_sealed);
        _sealed = larger;
    }
}
