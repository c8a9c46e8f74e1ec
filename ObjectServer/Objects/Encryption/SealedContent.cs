using System.IO.Pipelines;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A content that is sealed in chunks, opened as it is read: a small range costs the chunks that it touches.</summary>
internal sealed class SealedContent(OpenContent content, long sealedBytes, ContentSeal seal, ContentId id) : OpenContent
{
    public override int Depth => content.Depth;

    // What is sealed lies in blobs, which are asked whole.
    protected internal override ValueTask<bool> UsesSchemeAsync(SchemeQuestion question, long offset, long length, CancellationToken ct) =>
        content.UsesSchemeAsync(question, 0, sealedBytes, ct);

    public override async ValueTask ReadAsync(long offset, long length, PipeWriter destination, CancellationToken ct)
    {
        if (length == 0) return;
        var first = offset / ContentSeal.ChunkBytes;
        var last = (offset + length - 1) / ContentSeal.ChunkBytes;
        var from = first * ContentSeal.SealedChunkBytes;
        var to = Math.Min(sealedBytes, (last + 1) * ContentSeal.SealedChunkBytes);
        using var cipher = seal.CipherOf(id.ToBytes());
        using var opening = new OpeningWriter(destination, cipher, id, sealedBytes, first, (int)(offset - (first * ContentSeal.ChunkBytes)), length);
        await content.ReadAsync(from, to - from, opening, ct);
        // Where nobody reads on, it is no fault, as for plain contents.
        if (opening is { RestBytes: > 0, IsClosed: false }) throw new BlobStoreException(BlobStoreFault.Unreadable, $"Content {id} ends {opening.RestBytes} bytes too early.");
    }
}
