using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Tasks.Sources;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// One body's state. Whole blocks of an update go to the service; what is left of a block waits here. It is its own
/// queue entry and its own awaitable, so that an update allocates nothing.
/// </summary>
internal sealed unsafe class Md5Stream(Md5Service service) : IMd5Stream, IValueTaskSource
{
    public const int BlockBytes = 64;
    public const int DigestBytes = 16;

    // Less than that is computed at once (some ten microseconds): handing it over and waking up costs as much.
    private const int MaxInlineBytes = 8 * 1024;

    private readonly byte[] _partialBlock = new byte[BlockBytes];
    private Md5State _state = Md5State.Initial;
    private ulong _lengthBytes;
    private ManualResetValueTaskSourceCore<bool> _completion = new() { RunContinuationsAsynchronously = true };
    private ReadOnlyMemory<byte> _work;
    private MemoryHandle _pin;
    private bool _broken;

    private int PartialBytes => (int)(_lengthBytes % BlockBytes);

    /// <summary>The next in the service's queue.</summary>
    internal Md5Stream? Next { get; set; }

    /// <summary>Blocks of the update in work that are not yet compressed.</summary>
    internal int RemainingBlocks { get; private set; }

    /// <summary>Address of the next of them, valid while a worker has the stream.</summary>
    internal nint Position { get; private set; }

    internal ref Md5State State => ref _state;

    public ValueTask UpdateAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        service.ThrowIfDisposed();
        ThrowIfUnusable();
        var rest = data.Span;
        if (PartialBytes != 0)
            rest = rest[FillPartialBlock(rest)..];
        if (rest.IsEmpty)
            return ValueTask.CompletedTask;

        // From here on the partial block is empty: the tail may go there before the whole blocks are done.
        var wholeBytes = rest.Length & -BlockBytes;
        _lengthBytes += (ulong)rest.Length;
        rest[wholeBytes..].CopyTo(_partialBlock);
        if (wholeBytes <= MaxInlineBytes)
        {
            CompressHere(rest[..wholeBytes]);
            return ValueTask.CompletedTask;
        }

        _completion.Reset();
        _work = data.Slice(data.Length - rest.Length, wholeBytes);
        RemainingBlocks = wholeBytes / BlockBytes;
        var version = _completion.Version;
        service.Enqueue(this);
        return new ValueTask(this, version);
    }

    public void Finish(Span<byte> destination)
    {
        if (destination.Length < DigestBytes)
            throw new ArgumentException($"A digest takes {DigestBytes} bytes.", nameof(destination));
        ThrowIfUnusable();

        // RFC 1321, 3.1 and 3.2: a one bit, zeros, and the length in bits in the last eight bytes of a block.
        Span<byte> padded = stackalloc byte[2 * BlockBytes];
        padded.Clear();
        _partialBlock.AsSpan(0, PartialBytes).CopyTo(padded);
        padded[PartialBytes] = 0x80;
        padded = padded[..(PartialBytes < BlockBytes - sizeof(ulong) ? BlockBytes : 2 * BlockBytes)];
        BinaryPrimitives.WriteUInt64LittleEndian(padded[^sizeof(ulong)..], _lengthBytes << 3);
        CompressHere(padded);

        _state.Write(destination);
        _state = Md5State.Initial;
        _lengthBytes = 0;
    }

    /// <summary>Called by a worker when it takes the stream up.</summary>
    internal void Pin()
    {
        _pin = _work.Pin();
        Position = (nint)_pin.Pointer;
    }

    internal void Advance(int blocks)
    {
        RemainingBlocks -= blocks;
        Position += (nint)blocks * BlockBytes;
    }

    /// <summary>Called by a worker as the last thing it does with the stream.</summary>
    internal void Complete(Exception? fault)
    {
        _pin.Dispose();
        _pin = default;
        _work = default;
        Position = 0;
        RemainingBlocks = 0;
        _broken |= fault is not null;
        if (fault is null)
            _completion.SetResult(true);
        else
            _completion.SetException(fault);
    }

    private void ThrowIfUnusable()
    {
        if (RemainingBlocks != 0)
            throw new InvalidOperationException("An update has not completed.");
        if (_broken)
            throw new InvalidOperationException("An update failed: the digest is unknown.");
    }

    /// <summary>Returns how many bytes it took.</summary>
    private int FillPartialBlock(ReadOnlySpan<byte> data)
    {
        var filled = PartialBytes;
        var taken = Math.Min(BlockBytes - filled, data.Length);
        data[..taken].CopyTo(_partialBlock.AsSpan(filled));
        _lengthBytes += (ulong)taken;
        if (filled + taken == BlockBytes)
            CompressHere(_partialBlock);
        return taken;
    }

    private void CompressHere(ReadOnlySpan<byte> blocks)
    {
        fixed (byte* start = blocks)
            _state.Compress(start, blocks.Length / BlockBytes);
    }

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
