using System.Buffers;
using ObjectStore.Select.Input;
using ObjectStore.Select.Values;

namespace ObjectStore.Select.Output;

/// <summary>Writes the records of the result into memory, until somebody takes them away.</summary>
internal abstract class RecordWriter : IDisposable
{
    /// <summary>Longest record of the result, in bytes. Source: S3 User Guide, "Requirements and limits".</summary>
    public const int MaxRecordBytes = 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
    private int _recordStart;
    private bool _isOpen;

    /// <summary>Bytes of whole records.</summary>
    public int LengthBytes { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, LengthBytes);

    /// <summary>Columns are asked for in their order, between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public virtual void Begin()
    {
        _recordStart = LengthBytes;
        _isOpen = true;
    }

    public abstract void Write(ColumnName name, in Value value);

    /// <exception cref="SelectException">OverMaxRecordSize.</exception>
    public virtual void End()
    {
        if (LengthBytes - _recordStart > MaxRecordBytes) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
        _isOpen = false;
    }

    /// <summary>Takes back what is written of a record that could not be ended.</summary>
    public void DropOpen()
    {
        if (_isOpen) LengthBytes = _recordStart;
        _isOpen = false;
    }

    /// <summary>Writes a record of CSV as it is, if it would be written just so; it has no quotes.</summary>
    public virtual bool TryWriteRecord(CsvFormat format, ReadOnlySpan<byte> record) => false;

    /// <summary>Writes a record of JSON with all that it has.</summary>
    public abstract void WriteRecord(ReadOnlySpan<byte> json, JsonRow row);

    public void Clear() => LengthBytes = 0;

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    protected Span<byte> Reserve(int count)
    {
        if (_buffer.Length - LengthBytes < count) Grow(count);
        return _buffer.AsSpan(LengthBytes);
    }

    protected void Advance(int count) => LengthBytes += count;

    protected void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        LengthBytes += bytes.Length;
    }

    protected void Append(byte value)
    {
        Reserve(1)[0] = value;
        LengthBytes++;
    }

    private void Grow(int count)
    {
        if (LengthBytes - _recordStart + count > 8 * MaxRecordBytes) throw new SelectException(SelectErrorCode.OverMaxRecordSize);
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, LengthBytes + count));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
