using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>A content that is sealed in chunks, opened as it is read: a small range costs the chunks that it touches.</summary>
internal sealed class SealedContent(OpenContent content, long sealedBytes, ContentSeal seal, ContentId id) : OpenContent
{
    /// <summary>More than one sealed chunk, so that the next is read while one is opened.</summary>
    private static readonly PipeOptions Ahead = new(pauseWriterThreshold: 4 * ContentSeal.SealedChunkBytes, resumeWriterThreshold: 2 * ContentSeal.SealedChunkBytes);

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
        var pipe = new Pipe(Ahead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var reading = ReadSealedAsync(from, to - from, pipe.Writer, stop.Token);
        try
        {
            var skip = (int)(offset - (first * ContentSeal.ChunkBytes));
            for (var chunk = first; chunk <= last; chunk++)
            {
                var sealedLength = (int)Math.Min(ContentSeal.SealedChunkBytes, sealedBytes - (chunk * ContentSeal.SealedChunkBytes));
                var sealedChunk = await pipe.Reader.ReadAtLeastAsync(sealedLength, ct);
                if (sealedChunk.Buffer.Length < sealedLength) throw new BlobStoreException(BlobStoreFault.Unreadable, $"Content {id} ends within chunk {chunk}.");
                var count = (int)Math.Min(sealedLength - ContentSeal.TagBytes - skip, length);
                Open(cipher, chunk, sealedChunk.Buffer.Slice(0, sealedLength), skip, count, destination);
                pipe.Reader.AdvanceTo(sealedChunk.Buffer.GetPosition(sealedLength));
                // Nobody reads on: as for plain contents that is no fault.
                if (await destination.FlushAsync(ct) is { IsCompleted: true } or { IsCanceled: true }) return;
                length -= count;
                skip = 0;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await pipe.Reader.CompleteAsync();
            await reading;
        }
    }

    private void Open(AesGcm cipher, long chunk, ReadOnlySequence<byte> sealedChunk, int skip, int count, PipeWriter destination)
    {
        var sealedBuffer = default(byte[]);
        var plain = ArrayPool<byte>.Shared.Rent(ContentSeal.ChunkBytes);
        try
        {
            if (!sealedChunk.IsSingleSegment)
            {
                sealedBuffer = ArrayPool<byte>.Shared.Rent(ContentSeal.SealedChunkBytes);
                sealedChunk.CopyTo(sealedBuffer);
            }
            var bytes = sealedBuffer is null ? sealedChunk.FirstSpan : sealedBuffer.AsSpan(0, (int)sealedChunk.Length);
            ContentSeal.Open(cipher, chunk, bytes, plain);
            destination.Write(plain.AsSpan(skip, count));
        }
        catch (AuthenticationTagMismatchException e)
        {
            // The drives' checksums held, so these are bytes that were stored so: not what was sealed under this key.
            throw new BlobStoreException(BlobStoreFault.Unreadable, $"Chunk {chunk} of content {id} does not open under its key.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            ArrayPool<byte>.Shared.Return(plain);
            if (sealedBuffer is not null) ArrayPool<byte>.Shared.Return(sealedBuffer);
        }
    }

    /// <summary>A fault is handed to the opening side, where it ends the read.</summary>
    private async Task ReadSealedAsync(long offset, long length, PipeWriter writer, CancellationToken ct)
    {
        Exception? fault = null;
        try
        {
            await content.ReadAsync(offset, length, writer, ct);
        }
        catch (Exception e)
        {
            fault = e;
        }
        await writer.CompleteAsync(fault);
    }
}
