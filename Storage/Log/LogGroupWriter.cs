using System.Runtime.InteropServices;
using ObjectStore.Storage.Buffers;
using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>
/// Lays records one behind the other and writes them. A group begins at a page and is padded to one, so that no page is
/// ever written twice: a torn write cannot reach what was acknowledged. For direct I/O all bytes go through an aligned
/// buffer; buffered, long payloads are written from where they lie.
/// </summary>
internal sealed class LogGroupWriter : IDisposable
{
    private const int StagingBytes = 1024 * 1024;
    private const int MinReferencedBytes = 16 * 1024;
    private const int MaxVectors = 512;

    private readonly AlignedBuffer _staging = new(StagingBytes);
    private readonly Memory<byte> _stagingMemory;
    private readonly List<ReadOnlyMemory<byte>> _vectors = new(MaxVectors);
    private IFile _file = null!;
    private LogFileIdentity _identity;
    private long _groupOffset;

    /// <summary>Where the next byte goes, and where the bytes that are still held back begin.</summary>
    private long _offset;
    private long _flushOffset;
    private int _staged;
    private int _stagedInVectors;

    public LogGroupWriter() => _stagingMemory = _staging.Memory;

    public long Offset => _offset;

    public void Begin(IFile file, LogFileIdentity identity, long offset)
    {
        _file = file;
        _identity = identity;
        _groupOffset = _offset = _flushOffset = offset;
        _staged = _stagedInVectors = 0;
        _vectors.Clear();
    }

    public LogEntry Add(byte kind, long lsn, ReadOnlySpan<ReadOnlyMemory<byte>> segments, int payloadBytes, uint payloadCrc)
    {
        var header = new LogRecordHeader(kind, payloadBytes, (int)(_offset - _groupOffset), _offset, lsn, payloadCrc);
        Span<byte> bytes = stackalloc byte[LogLimits.RecordHeaderBytes];
        header.WriteTo(bytes, _identity);
        Append(bytes);
        foreach (var segment in segments)
        {
            if (!_file.IsDirect && segment.Length >= MinReferencedBytes) Reference(segment);
            else Append(segment.Span);
        }
        Pad(LogLimits.AlignRecord(_offset));
        return header.EntryIn(_identity.Number);
    }

    public LogEntry Add(byte kind, long lsn, ReadOnlyMemory<byte> payload) =>
        Add(kind, lsn, [payload], payload.Length, Crc32C.Compute(payload.Span));

    /// <summary>Pads to the page and writes what is held back. Not yet durable.</summary>
    public void Finish()
    {
        Pad(IoAlignment.Up(_offset));
        Flush();
        _vectors.Clear();
    }

    public void Dispose() => ((IDisposable)_staging).Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_staged == StagingBytes) Flush();
            var count = Math.Min(bytes.Length, StagingBytes - _staged);
            bytes[..count].CopyTo(_stagingMemory.Span[_staged..]);
            bytes = bytes[count..];
            _staged += count;
            _offset += count;
        }
    }

    private void Reference(ReadOnlyMemory<byte> segment)
    {
        if (_vectors.Count + 2 > MaxVectors) Flush();
        TakeStaged();
        _vectors.Add(segment);
        _offset += segment.Length;
    }

    private void Pad(long offset)
    {
        Span<byte> zeros = stackalloc byte[256];
        zeros.Clear();
        while (_offset < offset) Append(zeros[..(int)Math.Min(zeros.Length, offset - _offset)]);
    }

    private void TakeStaged()
    {
        if (_staged > _stagedInVectors) _vectors.Add(_stagingMemory[_stagedInVectors.._staged]);
        _stagedInVectors = _staged;
    }

    private void Flush()
    {
        TakeStaged();
        if (_vectors.Count == 1) _file.Write(_flushOffset, _vectors[0].Span);
        else if (_vectors.Count > 1) _file.WriteVector(_flushOffset, CollectionsMarshal.AsSpan(_vectors));
        _vectors.Clear();
        _flushOffset = _offset;
        _staged = _stagedInVectors = 0;
    }
}
