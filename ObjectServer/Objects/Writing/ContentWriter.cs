using System.Buffers;
using Google.Protobuf;
using ObjectStore.Erasure.Codec;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Takes a body to its end: into a pooled buffer when it is small enough to be inlined, else into a sequence of durable
/// blobs; digests run over the bytes where they were read to. Commits no metadata. Memory is one blob writer's, plus at
/// most one that is committing, whatever the body's length.
/// </summary>
internal sealed class ContentWriter(ObjectEngine engine)
{
    /// <summary>Longest salvage tag that a shard carries.</summary>
    private const int MaxTagBytes = 4096;

    /// <inheritdoc cref="WriteAsync(IContentSource, Scheme, int, ChecksumAlgorithm, SalvageTag, SealedUnder?, CompressionChoice, CancellationToken)"/>
    public ValueTask<WrittenContent> WriteAsync(
        IContentSource source, Scheme scheme, int inlineLimitBytes, ChecksumAlgorithm stored, SalvageTag tag, SealedUnder? key, CancellationToken ct) =>
        WriteAsync(source, scheme, inlineLimitBytes, stored, tag, key, CompressionChoice.None, ct);

    /// <param name="inlineLimitBytes">Bodies up to this length are returned in memory; negative: never.</param>
    /// <param name="compression">Tried, if the body is worth it; never under a customer's key.</param>
    /// <exception cref="ContentSourceException">The body broke.</exception>
    /// <exception cref="BlobStoreException">The blobs could not be made durable.</exception>
    public async ValueTask<WrittenContent> WriteAsync(
        IContentSource source, Scheme scheme, int inlineLimitBytes, ChecksumAlgorithm stored, SalvageTag tag, SealedUnder? key, CompressionChoice compression, CancellationToken ct)
    {
        using var digests = engine.Digests.Begin(source.Digests.With(stored));
        var content = new WrittenContent(engine, scheme);
        try
        {
            var leastBytes = Math.Max(inlineLimitBytes + 1, engine.Options.CompressionMinBytes);
            if (compression.IsNone || key is { IsCustomers: true } || source.LengthBytes < leastBytes) await SealAsync(content, source, digests, inlineLimitBytes, tag, key, ct);
            else await CompressAsync(content, source, digests, inlineLimitBytes, leastBytes, tag, key, compression, ct);
            content.Digests = await digests.FinishAsync();
            if (source.LengthBytes is { } announced && announced != content.PlainLengthBytes)
                throw new ContentSourceException(new Failure(ObjectFault.IncompleteBody));
            if (source.Verify(content.Digests) is { } refused) throw new ContentSourceException(refused);
            return content;
        }
        catch
        {
            content.Discard();
            content.Dispose();
            throw;
        }
    }

    private async ValueTask CompressAsync(
        WrittenContent content, IContentSource source, DigestSet digests, int inlineLimitBytes, int leastBytes, SalvageTag tag, SealedUnder? key, CompressionChoice compression, CancellationToken ct)
    {
        await using var body = await CompressingSource.BeginAsync(source, digests, compression, leastBytes, engine.Compression, ct);
        if (!body.Shrinks)
        {
            await SealAsync(content, body.AsItIs, digests, inlineLimitBytes, tag, key, ct);
            return;
        }
        tag.Compression = new CompressionRecord { Method = FrameFormat.Method, FrameSize = (uint)engine.Compression.FrameBytes };
        const int neverInline = -1;
        await SealAsync(content, body, digests: null, neverInline, tag, key, ct);
        content.Form = new ContentForm(default, body.Finish());
    }

    /// <param name="digests">Null where the source has taken them already.</param>
    private async ValueTask SealAsync(
        WrittenContent content, IContentSource source, DigestSet? digests, int inlineLimitBytes, SalvageTag tag, SealedUnder? key, CancellationToken ct)
    {
        if (key is null)
        {
            await StoreAsync(content, source, digests, inlineLimitBytes, tag, ct);
            return;
        }
        content.SealUnder(key);
        tag.Encryption = key.Record;
        await using var body = new SealingSource(source, digests, key.Seal.CipherOf(content.Id.ToBytes()));
        await StoreAsync(content, body, digests: null, inlineLimitBytes < 0 ? inlineLimitBytes : (int)ContentSeal.SealedLength(inlineLimitBytes), tag, ct);
    }

    /// <param name="digests">Null where the source has taken them already.</param>
    private ValueTask StoreAsync(WrittenContent content, IContentSource source, DigestSet? digests, int inlineLimitBytes, SalvageTag tag, CancellationToken ct) =>
        inlineLimitBytes >= 0 && !(source.LengthBytes > inlineLimitBytes)
            ? ReadSmallAsync(content, source, digests, inlineLimitBytes, tag, ct)
            : WriteBlobsAsync(content, source, digests, tag, ReadOnlyMemory<byte>.Empty, ct);

    private async ValueTask ReadSmallAsync(WrittenContent content, IContentSource source, DigestSet? digests, int limitBytes, SalvageTag tag, CancellationToken ct)
    {
        // One byte more than the limit, so that the end of a body of exactly the limit is seen.
        var buffer = ArrayPool<byte>.Shared.Rent(limitBytes + 1);
        try
        {
            var length = 0;
            while (length <= limitBytes)
            {
                var read = await source.ReadAsync(buffer.AsMemory(length, limitBytes + 1 - length), ct);
                if (read == 0) break;
                if (digests is not null) await digests.AppendAsync(buffer.AsMemory(length, read), ct);
                length += read;
            }
            if (length > source.LengthBytes) throw new ContentSourceException(new Failure(ObjectFault.MalformedBody));
            if (length > limitBytes)
            {
                await WriteBlobsAsync(content, source, digests, tag, buffer.AsMemory(0, length), ct);
                return;
            }
            content.LengthBytes = length;
            content.Inline = buffer.AsSpan(0, length).ToArray();
        }
        finally
        {
            if (digests is not null) await digests.SettleAsync();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The body behind <paramref name="head"/>, which has been read and digested already.</summary>
    private async ValueTask WriteBlobsAsync(WrittenContent content, IContentSource source, DigestSet? digests, SalvageTag tag, ReadOnlyMemory<byte> head, CancellationToken ct)
    {
        content.Begin();
        var committing = default(Task<BlobLayout>);
        var ended = false;
        try
        {
            for (var ordinal = 0u; !ended; ordinal++)
            {
                if (source.LengthBytes == content.LengthBytes)
                {
                    await ExpectEndAsync(source, ct);
                    break;
                }
                var writer = await engine.Blobs.CreateAsync(content.BlobId(ordinal), content.Scheme, RestOf(source, content), ct);
                long filled;
                try
                {
                    filled = await CopyAsync(writer, head, ct);
                    head = default;
                    (var read, ended) = await FillAsync(writer, source, digests, ct);
                    filled += read;
                    if (ended && source.LengthBytes > content.LengthBytes + filled) throw new ContentSourceException(new Failure(ObjectFault.IncompleteBody));
                    if (committing is not null) content.Add(await committing);
                    committing = null;
                }
                catch
                {
                    await writer.DisposeAsync();
                    throw;
                }
                if (filled == 0)
                {
                    await writer.DisposeAsync();
                    break;
                }
                tag.BlobOffset = (ulong)content.LengthBytes;
                content.LengthBytes += filled;
                committing = CommitAsync(writer, Encode(tag), ct);
            }
        }
        finally
        {
            // Also on the way out of a fault: what becomes durable must be known, to be freed.
            if (committing is not null) content.Add(await committing);
        }
    }

    private static async Task<BlobLayout> CommitAsync(IBlobWriter writer, byte[] tag, CancellationToken ct)
    {
        await using (writer) return await writer.CommitAsync(tag, ct);
    }

    private static async ValueTask<(long Read, bool Ended)> FillAsync(IBlobWriter writer, IContentSource source, DigestSet? digests, CancellationToken ct)
    {
        var total = 0L;
        try
        {
            while (writer.RemainingBytes > 0)
            {
                var memory = writer.GetMemory();
                var read = await source.ReadAsync(memory, ct);
                if (read == 0) return (total, true);
                if (digests is not null)
                {
                    await digests.AppendAsync(memory[..read], ct);
                    // Buffers that are sent off may come back as the next ones, or go to another upload.
                    if (read >= writer.UnsentBytes) await digests.SettleAsync();
                }
                await writer.AdvanceAsync(read, ct);
                total += read;
            }
            return (total, false);
        }
        finally
        {
            if (digests is not null) await digests.SettleAsync();
        }
    }

    private static async ValueTask<long> CopyAsync(IBlobWriter writer, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var length = bytes.Length;
        while (!bytes.IsEmpty)
        {
            var memory = writer.GetMemory();
            var count = Math.Min(memory.Length, bytes.Length);
            bytes[..count].CopyTo(memory);
            await writer.AdvanceAsync(count, ct);
            bytes = bytes[count..];
        }
        return length;
    }

    /// <summary>The end is read, too: trailers stand behind it.</summary>
    private static async ValueTask ExpectEndAsync(IContentSource source, CancellationToken ct)
    {
        if (await source.ReadAsync(new byte[1], ct) != 0) throw new ContentSourceException(new Failure(ObjectFault.MalformedBody));
    }

    private static long? RestOf(IContentSource source, WrittenContent content) =>
        source.LengthBytes is { } length ? Math.Min(length - content.LengthBytes, BlobGeometry.MaxBlobBytes(content.Scheme)) : null;

    private static byte[] Encode(SalvageTag tag)
    {
        var bytes = tag.ToByteArray();
        if (bytes.Length <= MaxTagBytes) return bytes;
        var lean = tag.Clone();
        lean.Headers = null;
        bytes = lean.ToByteArray();
        if (bytes.Length <= MaxTagBytes || lean.Encryption is null) return bytes;
        // A salvage must then have it from the client, who keeps it as part of the key.
        lean.Encryption.Context = "";
        return lean.ToByteArray();
    }
}
