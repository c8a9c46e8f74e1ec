using System.Buffers;
using System.IO.Pipelines;
using ObjectStore.Erasure.Stripes;
using ObjectStore.Zstandard;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Takes stored bytes and writes what the client sent: each frame straight into the destination as soon as it is whole, so that
/// memory is one frame and one piece of what is read. Only for one reader at a time. Dispose it when nobody writes into it any more.
/// </summary>
internal sealed class FrameDecoder(ZstdContexts contexts, FrameIndex index, long plainBytes, PipeWriter destination) : PipeWriter, IPieceWriter, IDisposable
{
    /// <summary>Bytes between two flushes of the destination, as many as of plain contents.</summary>
    private const int FlushBytes = 256 * 1024;

    private const int SmallestRent = 4096;

    private byte[]? _buffer;
    private int _start;
    private int _end;
    // Now, and not with the first frame: where there is no library the answer has not begun yet and can still be 503.
    private ZstdDecompressor? _decompressor = contexts.RentDecompressor();
    private long _frame;
    private int _skip;
    private long _wanted;
    private long _expected;
    private int _unflushed;

    /// <summary>Nobody reads the destination any more.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>What comes next: frames from that number on.</summary>
    /// <param name="skip">Bytes of the first that are not wanted.</param>
    /// <param name="wanted">Bytes to write.</param>
    /// <param name="storedBytes">That will come.</param>
    public void Begin(long frame, int skip, long wanted, long storedBytes)
    {
        (_frame, _skip, _wanted, _expected) = (frame, skip, wanted, storedBytes);
        (_start, _end) = (0, 0);
    }

    /// <summary>All that was announced has come.</summary>
    /// <exception cref="BlobStoreException">It was not whole frames, or fewer than were wanted.</exception>
    public void ExpectEnd()
    {
        if (_start != _end || _wanted != 0) throw index.Damaged($"ends within frame {_frame}");
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_buffer?.Length ?? 0) - _end);
        _end += bytes;
    }

    /// <summary>A frame, and the header of the next one, which tells its length.</summary>
    public int NextPieceBytes => _end - _start is var held && held < FrameFormat.HeaderBytes
        ? FrameFormat.HeaderBytes - held
        : Math.Max(1, (2 * FrameFormat.HeaderBytes) + Math.Min(FrameFormat.ReadHeader(_buffer.AsSpan(_start)).Length, index.FrameBytes) - held);

    /// <summary>Opens what is whole. Completed when nobody reads on.</summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        while (!IsAbandoned && TryOpen())
        {
            if (_unflushed >= FlushBytes) return FlushAndOpenAsync(cancellationToken);
        }
        if (IsAbandoned) return new(new FlushResult(isCanceled: false, isCompleted: true));
        return _unflushed > 0 && _wanted == 0 ? FlushAndOpenAsync(cancellationToken) : default;
    }

    private async ValueTask<FlushResult> FlushAndOpenAsync(CancellationToken ct)
    {
        do
        {
            if (_unflushed < FlushBytes && _wanted > 0) continue;
            _unflushed = 0;
            IsAbandoned = await destination.FlushAsync(ct) is { IsCompleted: true } or { IsCanceled: true };
        }
        while (!IsAbandoned && TryOpen());
        // Some write on all the same.
        if (IsAbandoned) (_start, _end) = (0, 0);
        return new FlushResult(isCanceled: false, isCompleted: IsAbandoned);
    }

    /// <summary>The destination is its owner's.</summary>
    public override void Complete(Exception? exception = null)
    {
    }

    public override void CancelPendingFlush() => destination.CancelPendingFlush();

    public void Dispose()
    {
        if (_decompressor is not null) contexts.Return(_decompressor);
        _decompressor = null;
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    /// <summary>False until a whole frame is there.</summary>
    private bool TryOpen()
    {
        var bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length < FrameFormat.HeaderBytes) return false;
        var (kind, length) = FrameFormat.ReadHeader(bytes);
        var plainLength = (int)Math.Min(index.FrameBytes, plainBytes - (_frame * index.FrameBytes));
        // Also bounds what is kept until it is whole.
        if (_wanted == 0 || kind > FrameKind.Raw || length > plainLength || (kind == FrameKind.Raw && length != plainLength)) throw index.Damaged($"has no frame {_frame} where it should be");
        if (bytes.Length < FrameFormat.HeaderBytes + length) return false;
        var stored = bytes.Slice(FrameFormat.HeaderBytes, length);
        if (!FrameFormat.Verifies(bytes, _frame, stored)) throw index.Damaged($"has a damaged frame {_frame}");

        var count = (int)Math.Min(plainLength - _skip, _wanted);
        if (kind == FrameKind.Raw) destination.Write(stored.Slice(_skip, count));
        else if (_skip == 0) OpenInto(stored, plainLength, count);
        else OpenPart(stored, plainLength, count);
        _start += FrameFormat.HeaderBytes + length;
        _frame++;
        _skip = 0;
        _wanted -= count;
        _unflushed += count;
        return true;
    }

    /// <summary>What is not wanted at the frame's end is written, too, and left behind.</summary>
    private void OpenInto(ReadOnlySpan<byte> stored, int plainLength, int count)
    {
        // Room for as much as is flushed together, so that it is sent in one piece.
        var room = _unflushed == 0 ? Math.Max(plainLength, (int)Math.Min(_wanted, FlushBytes)) : plainLength;
        Decompress(stored, destination.GetSpan(room)[..plainLength]);
        destination.Advance(count);
    }

    private void OpenPart(ReadOnlySpan<byte> stored, int plainLength, int count)
    {
        var plain = ArrayPool<byte>.Shared.Rent(plainLength);
        try
        {
            Decompress(stored, plain.AsSpan(0, plainLength));
            destination.Write(plain.AsSpan(_skip, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    /// <exception cref="BlobStoreException">It does not open.</exception>
    private void Decompress(ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        try
        {
            _decompressor!.Decompress(stored, plain);
        }
        catch (ZstdException e)
        {
            // Its checksum held, so this is what was stored: not what a compressor made of that many bytes.
            throw index.Damaged($"has a frame {_frame} that does not open ({e.Message})");
        }
    }

    private void MakeRoom(int bytes)
    {
        if (_buffer is not null && _buffer.Length - _end >= bytes) return;
        var kept = _end - _start;
        if (_buffer is not null && _buffer.Length - kept >= bytes)
        {
            _buffer.AsSpan(_start, kept).CopyTo(_buffer);
        }
        else
        {
            var first = _buffer is null ? (int)Math.Clamp(_expected, SmallestRent, Math.Max(SmallestRent, index.FrameBytes)) : SmallestRent;
            var larger = ArrayPool<byte>.Shared.Rent(kept + Math.Max(bytes, first));
            if (_buffer is not null)
            {
                _buffer.AsSpan(_start, kept).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_buffer);
            }
            _buffer = larger;
        }
        (_start, _end) = (0, kept);
    }
}
