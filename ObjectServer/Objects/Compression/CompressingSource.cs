using System.Buffers;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Objects;

/// <summary>
/// A body as it is stored: compressed in frames, if the first of them shrinks. Digests run over the client's bytes, before they are compressed.
/// Memory is two frames and one context. Dispose it.
/// </summary>
internal sealed class CompressingSource : IContentSource, IAsyncDisposable
{
    private readonly IContentSource _source;
    private readonly DigestSet _digests;
    private readonly ContentCompression _compression;
    private readonly int _frameBytes;
    private readonly byte[] _plain;
    private readonly byte[] _stored;
    private readonly FrameLog _frames;
    private ZstdCompressor? _compressor;
    private long _plainBytes;
    private int _start;
    private int _end;
    private bool _ended;

    private CompressingSource(IContentSource source, DigestSet digests, ContentCompression compression)
    {
        _source = source;
        _digests = digests;
        _compression = compression;
        _frameBytes = compression.FrameBytes;
        _plain = ArrayPool<byte>.Shared.Rent(_frameBytes);
        _stored = ArrayPool<byte>.Shared.Rent(Math.Max(FrameFormat.HeaderBytes + _frameBytes, FrameFormat.TableBytes));
        _frames = new FrameLog(_frameBytes);
    }

    /// <summary>Whether it is worth it; if not the body is <see cref="AsItIs"/>.</summary>
    public bool Shrinks { get; private set; }

    /// <summary>Of what is stored: known where all of it is in one frame.</summary>
    public long? LengthBytes { get; private set; }

    /// <summary>None of what is read here: they were taken before.</summary>
    public ChecksumSet Digests => default;

    /// <summary>The body with what was read of it in front. No digest has been taken of it.</summary>
    public IContentSource AsItIs => new Replay(this);

    /// <summary>Reads the first frame, and tries.</summary>
    /// <param name="leastBytes">A body that is shorter is not worth it.</param>
    public static async ValueTask<CompressingSource> BeginAsync(
        IContentSource source, DigestSet digests, CompressionChoice choice, int leastBytes, ContentCompression compression, CancellationToken ct)
    {
        var begun = new CompressingSource(source, digests, compression);
        try
        {
            await begun.TryAsync(choice, leastBytes, ct);
            return begun;
        }
        catch
        {
            await begun.DisposeAsync();
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
    {
        if (_start == _end)
        {
            if (_frames.WantsTable)
            {
                (_start, _end) = (0, _frames.WriteTable(_stored));
            }
            else if (await FillAsync(ct) is var length and > 0)
            {
                await _digests.AppendAsync(_plain.AsMemory(0, length), ct);
                // In place, where a frame fits also if it does not shrink.
                if (destination.Length >= FrameFormat.HeaderBytes + length) return Compress(length, destination.Span);
                (_start, _end) = (0, Compress(length, _stored));
            }
            else if (_frames.WantsLastTable)
            {
                (_start, _end) = (0, _frames.WriteTable(_stored));
            }
            else
            {
                return 0;
            }
        }
        var count = Math.Min(destination.Length, _end - _start);
        _stored.AsSpan(_start, count).CopyTo(destination.Span);
        _start += count;
        return count;
    }

    public Failure? Verify(ComputedDigests digests) => _source.Verify(digests);

    /// <summary>How it was stored, behind its end.</summary>
    public CompressionRecord Finish()
    {
        _compression.CountCompressed(_plainBytes, _frames.Position);
        return _frames.ToRecord(_plainBytes);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _digests.SettleAsync();
        }
        finally
        {
            ReturnContext();
            ArrayPool<byte>.Shared.Return(_plain);
            ArrayPool<byte>.Shared.Return(_stored);
        }
    }

    private void ReturnContext()
    {
        if (_compressor is not null) _compression.Contexts.Return(_compressor);
        _compressor = null;
    }

    private async ValueTask TryAsync(CompressionChoice choice, int leastBytes, CancellationToken ct)
    {
        var length = await FillAsync(ct);
        if (length < Math.Min(leastBytes, _frameBytes))
        {
            _end = length;
            return;
        }
        _compressor = _compression.Contexts.RentCompressor(choice.Level);
        var stored = Compress(length, _stored);
        Shrinks = stored < length;
        if (!Shrinks)
        {
            _compression.CountLeftPlain();
            // The rest may be long in coming.
            ReturnContext();
            _end = length;
            return;
        }
        await _digests.AppendAsync(_plain.AsMemory(0, length), ct);
        (_start, _end) = (0, stored);
        if (_ended || _source.LengthBytes == length) LengthBytes = stored;
    }

    /// <summary>A whole frame, or the rest of the body.</summary>
    private async ValueTask<int> FillAsync(CancellationToken ct)
    {
        // The digest of the frame before may still read this memory.
        await _digests.SettleAsync();
        var length = 0;
        while (!_ended && length < _frameBytes)
        {
            var read = await _source.ReadAsync(_plain.AsMemory(length, _frameBytes - length), ct);
            if (read == 0) _ended = true;
            length += read;
        }
        _plainBytes += length;
        if (_plainBytes > _source.LengthBytes) throw new ContentSourceException(new Failure(ObjectFault.MalformedBody));
        return length;
    }

    /// <summary>A frame of the first bytes of what was read, with its header; raw if it does not shrink.</summary>
    private int Compress(int length, Span<byte> destination)
    {
        var plain = _plain.AsSpan(0, length);
        var body = destination[FrameFormat.HeaderBytes..];
        var kind = FrameKind.Compressed;
        var stored = _compressor!.Compress(plain, body[..(length - ((length + FrameFormat.LeastSaving - 1) / FrameFormat.LeastSaving))]);
        if (stored == 0)
        {
            plain.CopyTo(body);
            (kind, stored) = (FrameKind.Raw, length);
        }
        FrameFormat.WriteHeader(destination, kind, _frames.Count, body[..stored]);
        _frames.Add(FrameFormat.HeaderBytes + stored);
        return FrameFormat.HeaderBytes + stored;
    }

    private sealed class Replay(CompressingSource begun) : IContentSource
    {
        public long? LengthBytes => begun._source.LengthBytes ?? (begun._ended ? begun._plainBytes : null);

        public ChecksumSet Digests => begun._source.Digests;

        public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken ct)
        {
            if (begun._start == begun._end) return begun._ended ? new(0) : begun._source.ReadAsync(destination, ct);
            var count = Math.Min(destination.Length, begun._end - begun._start);
            begun._plain.AsSpan(begun._start, count).CopyTo(destination.Span);
            begun._start += count;
            return new(count);
        }

        public Failure? Verify(ComputedDigests digests) => begun._source.Verify(digests);
    }
}
