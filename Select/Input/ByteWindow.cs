using System.Buffers;

namespace ObjectStore.Select.Input;

/// <summary>What of the input is in memory: grows up to one record of the greatest length and a chunk behind it.</summary>
internal sealed class ByteWindow(Stream input, int chunkBytes, int maxRecordBytes = ByteWindow.MaxRecordBytes) : IDisposable
{
    /// <summary>Longest record, in bytes. Source: S3 User Guide, "Requirements and limits".</summary>
    public const int MaxRecordBytes = 1024 * 1024;

    public const int DefaultChunkBytes = 256 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(chunkBytes, 16));
    private int _start;
    private int _end;

    /// <summary>Whether nothing comes behind what is in memory.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Bytes that have been read from the input, as they are behind its decompression.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Offset in the input of the first byte that is not consumed.</summary>
    public long Position => ReadBytes - (_end - _start);

    public byte[] Buffer => _buffer;

    /// <summary>Index in <see cref="Buffer"/> of the first byte that is not consumed.</summary>
    public int Start => _start;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    public void Consume(int count) => _start += count;

    /// <summary>Passes everything up to and with a delimiter; without one, all but what may be a part of one.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TrySkipBehind(ReadOnlySpan<byte> delimiter)
    {
        var at = Unread.IndexOf(delimiter);
        Consume(at >= 0 ? at + delimiter.Length : Math.Max(0, Unread.Length - delimiter.Length + 1));
        return at >= 0;
    }

    /// <summary>Reads more behind what is there, which moves: nothing may point into the buffer.</summary>
    /// <exception cref="SelectException">OverMaxRecordSize: what is there is no whole record, but longer than any may be.</exception>
    public async ValueTask FillAsync(CancellationToken ct)
    {
        if (_end - _start > maxRecordBytes) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
        MakeRoom();
        var count = await input.ReadAsync(_buffer.AsMemory(_end), ct).ConfigureAwait(false);
        if (count == 0) HasEnded = true;
        _end += count;
        ReadBytes += count;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void MakeRoom()
    {
        var held = _end - _start;
        // More than half is free in front, or everything is consumed: moving is cheap.
        if (held * 2 <= _buffer.Length)
        {
            System.Buffer.BlockCopy(_buffer, _start, _buffer, 0, held);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            System.Buffer.BlockCopy(_buffer, _start, larger, 0, held);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _start = 0;
        _end = held;
    }
}
