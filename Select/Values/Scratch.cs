namespace ObjectStore.Select.Values;

/// <summary>Room for the texts that the evaluation of one record makes; all of it is free again with the next record.</summary>
internal sealed class Scratch
{
    /// <summary>Longest text that a function may make, in bytes. Source: S3 API reference, ColumnTooLong.</summary>
    public const int MaxTextBytes = 1024 * 1024;

    // An expression can make a text of a text as often as it is long; this bounds what one record takes.
    private const int MaxBytes = 8 * MaxTextBytes;

    private byte[] _buffer = new byte[4096];
    private int _used;
    private int _total;

    public void Reset()
    {
        _used = 0;
        _total = 0;
    }

    /// <summary>Room for so many bytes, which <see cref="Take"/> makes a text. Texts that were made before stay where they are.</summary>
    public Span<byte> Reserve(int lengthBytes)
    {
        if (lengthBytes > MaxTextBytes) throw new SelectException(SelectErrorCode.ColumnTooLong);
        if (_buffer.Length - _used < lengthBytes)
        {
            _total += _used;
            if (_total + lengthBytes > MaxBytes) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
            _buffer = new byte[Math.Max(Math.Min(_buffer.Length * 2, MaxTextBytes), lengthBytes)];
            _used = 0;
        }

        return _buffer.AsSpan(_used, lengthBytes);
    }

    /// <summary>The first bytes of what was reserved, as a text.</summary>
    public Value Take(int lengthBytes)
    {
        var text = Value.OfText(_buffer, _used, lengthBytes);
        _used += lengthBytes;
        return text;
    }
}
