namespace ObjectStore.Select.Input;

/// <summary>
/// Decompresses bzip2, also several streams one behind the other, as parallel compressors make them. Each block's CRC is
/// checked with its last byte. Takes about 7 MB.
/// </summary>
internal sealed class Bzip2Stream(Stream inner) : Stream
{
    // 900,000 symbols of at most 20 bits, the tables and the selectors: a block that is whole in memory needs no waiting amid it.
    private const int MaxBlockBytes = 2_500_000;

    private readonly Bzip2Block _block = new();
    private byte[] _input = new byte[64 * 1024];
    private int _start;
    private int _end;
    private bool _inputEnded;
    private int _level;
    private bool _isDone;
    private bool _hasStream;
    private int _bitOffset;
    private uint _combined;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">It is no bzip2, or damaged.</exception>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty && !_isDone)
        {
            var count = _block.Emit(buffer.Span);
            if (count > 0) return count;
            await FillAsync(cancellationToken).ConfigureAwait(false);
            Advance();
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask FillAsync(CancellationToken ct)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_input, _start, _input, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        while (!_inputEnded && _end < MaxBlockBytes)
        {
            if (_end == _input.Length) Array.Resize(ref _input, Math.Min(_input.Length * 2, MaxBlockBytes + (64 * 1024)));
            var count = await inner.ReadAsync(_input.AsMemory(_end), ct).ConfigureAwait(false);
            _inputEnded = count == 0;
            _end += count;
        }
    }

    // The next block, or what stands between two streams. Only whole bytes are consumed, so a bit position is kept with them.
    private void Advance()
    {
        var bits = new Bzip2Bits(_input.AsSpan(_start, _end - _start), _bitOffset);
        if (_level == 0)
        {
            if (_hasStream && _start == _end)
            {
                _isDone = true;
                return;
            }

            if (bits.Read(8) != 'B' || bits.Read(8) != 'Z' || bits.Read(8) != 'h') throw new InvalidDataException("The content is not compressed with bzip2.");
            _level = bits.Read(8) - '0';
            if (_level is < 1 or > 9) throw new InvalidDataException("The level of bzip2 is not valid.");
            _combined = 0;
            _hasStream = true;
        }

        var magic = ((long)bits.Read(24) << 24) | (uint)bits.Read(24);
        if (magic == 0x314159265359)
        {
            _combined = ((_combined << 1) | (_combined >> 31)) ^ _block.Decode(ref bits, _level * 100_000);
        }
        else if (magic == 0x177245385090)
        {
            if (bits.ReadWord() != _combined) throw new InvalidDataException("The checksum of bzip2 is wrong.");
            bits.Align();
            _level = 0;
        }
        else
        {
            throw new InvalidDataException("A block of bzip2 is damaged.");
        }

        _start += bits.WholeBytes;
        _bitOffset = bits.OffsetInByte;
    }
}

/// <summary>Bits, the highest of a byte first.</summary>
internal ref struct Bzip2Bits(ReadOnlySpan<byte> bytes, int offset)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at = offset;

    public readonly int WholeBytes => _at >> 3;

    public readonly int OffsetInByte => _at & 7;

    /// <param name="count">At most 24.</param>
    public int Read(int count)
    {
        var value = Peek(count);
        _at += count;
        return _at > _bytes.Length * 8 ? throw new EndOfStreamException("bzip2 ends too early.") : value;
    }

    public uint ReadWord() => ((uint)Read(16) << 16) | (uint)Read(16);

    /// <summary>The next bits; behind the end there are zeros.</summary>
    public readonly int Peek(int count)
    {
        var first = _at >> 3;
        uint window = 0;
        for (var index = 0; index < 4; index++) window = (window << 8) | (first + index < _bytes.Length ? _bytes[first + index] : 0u);
        return (int)((window << (_at & 7)) >> (32 - count));
    }

    public void Skip(int count) => _at += count;

    public void Align() => _at = (_at + 7) & ~7;
}
