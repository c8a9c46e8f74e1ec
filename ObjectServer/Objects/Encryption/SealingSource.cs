using System.Buffers;
using System.Security.Cryptography;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>A body as it is stored: sealed in chunks. Digests run over the plain bytes, before they are sealed. Dispose it.</summary>
/// <param name="digests">Null where the source has taken them already.</param>
internal sealed class SealingSource(IContentSource plain, DigestSet? digests, AesGcm cipher) : IContentSource, IAsyncDisposable
{
    private readonly byte[] _plain = ArrayPool<byte>.Shared.Rent(ContentSeal.ChunkBytes);
    private readonly byte[] _sealed = ArrayPool<byte>.Shared.Rent(ContentSeal.SealedChunkBytes);
    private long _chunk;
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Of the sealed bytes.</summary>
    public long? LengthBytes => plain.LengthBytes is { } length ? ContentSeal.SealedLength(length) : null;

    /// <summary>None of what is read here: they were taken before.</summary>
    public ChecksumSet Digests => default;

    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        if (_start == _end)
        {
            var length = await FillAsync(ct);
            if (length == 0) return 0;
            if (destination.Length >= length + ContentSeal.TagBytes)
            {
                ContentSeal.Seal(cipher, _chunk++, _plain.AsSpan(0, length), destination.Span);
                return length + ContentSeal.TagBytes;
            }
            ContentSeal.Seal(cipher, _chunk++, _plain.AsSpan(0, length), _sealed);
            (_start, _end) = (0, length + ContentSeal.TagBytes);
        }
        var count = Math.Min(destination.Length, _end - _start);
        _sealed.AsSpan(_start, count).CopyTo(destination.Span);
        _start += count;
        return count;
    }

    public Failure? Verify(ComputedDigests digests) => plain.Verify(digests);

    public async ValueTask DisposeAsync()
    {
        if (digests is not null) await digests.SettleAsync();
        CryptographicOperations.ZeroMemory(_plain);
        ArrayPool<byte>.Shared.Return(_plain);
        ArrayPool<byte>.Shared.Return(_sealed);
        cipher.Dispose();
    }

    /// <summary>A whole chunk, or the rest of the body.</summary>
    private async ValueTask<int> FillAsync(CancellationToken ct)
    {
        // The digest of the chunk before may still read this memory.
        if (digests is not null) await digests.SettleAsync();
        var length = 0;
        while (!_ended && length < ContentSeal.ChunkBytes)
        {
            var read = await plain.ReadAsync(_plain.AsMemory(length, ContentSeal.ChunkBytes - length), ct);
            if (read == 0) _ended = true;
            length += read;
        }
        if (length > 0 && digests is not null) await digests.AppendAsync(_plain.AsMemory(0, length), ct);
        return length;
    }
}
