using ObjectStore.Storage.Checksums;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>Reads one file of the log forwards through a window of memory. Not thread-safe.</summary>
internal sealed class LogFileReader(IFile file, LogFileIdentity identity) : IDisposable
{
    private const int WindowBytes = 1024 * 1024;

    /// <summary>What an unreadable page is taken for: neither a record nor a hole.</summary>
    private const byte Unreadable = 0xEE;

    private byte[] _window = [];
    private long _windowOffset;
    private int _windowLength;
    private long _lastGroup = -1;

    public LogFileIdentity Identity { get; } = identity;

    public long LengthBytes { get; } = file.GetLength();

    /// <summary>Whether the device failed to read a page.</summary>
    public bool HasUnreadablePages { get; private set; }

    public bool TryReadHeader(long offset, out LogRecordHeader header)
    {
        header = default;
        if (offset + LogLimits.RecordHeaderBytes > LengthBytes) return false;
        return LogRecordHeader.TryRead(Window(offset, LogLimits.RecordHeaderBytes), Identity, offset, out header)
            && offset + LogLimits.RecordHeaderBytes + header.PayloadBytes <= LengthBytes;
    }

    /// <summary>The payload behind a header; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload(in LogRecordHeader header) =>
        Window(header.Offset + LogLimits.RecordHeaderBytes, header.PayloadBytes);

    /// <summary>Whether all whole pages of the payload are zeros, and there is one: it was punched out.</summary>
    public static bool IsHole(in LogRecordHeader header, ReadOnlySpan<byte> payload)
    {
        var start = header.Offset + LogLimits.RecordHeaderBytes;
        var first = IoAlignment.Up(start);
        var end = IoAlignment.Down(start + header.PayloadBytes);
        return end > first && payload[(int)(first - start)..(int)(end - start)].IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>Whether only zeros lie between the offset and the next page.</summary>
    public bool IsZeroToPageEnd(long offset)
    {
        var length = (int)(Math.Min(IoAlignment.Up(offset), LengthBytes) - offset);
        return length > 0 && Window(offset, length).IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>Whether a group begins behind the offset: then all before it had been synced when that one was written.</summary>
    public bool HasGroupAfter(long offset)
    {
        if (_lastGroup < 0)
        {
            _lastGroup = 0;
            for (var at = IoAlignment.Up(offset + 1); at < LengthBytes; at += IoAlignment.Bytes)
                if (TryReadHeader(at, out var header) && header.GroupDistance == 0) _lastGroup = at;
        }
        return _lastGroup > offset;
    }

    /// <summary>The first intact header at or behind the offset and before the limit.</summary>
    public bool TryFindHeader(long offset, long limit, out LogRecordHeader header)
    {
        for (var at = LogLimits.AlignRecord(offset); at < limit; at += LogLimits.RecordAlignmentBytes)
            if (TryReadHeader(at, out header)) return true;
        header = default;
        return false;
    }

    public static bool Verifies(in LogRecordHeader header, ReadOnlySpan<byte> payload) => Crc32C.Compute(payload) == header.PayloadCrc;

    public void Dispose() => file.Dispose();

    private ReadOnlySpan<byte> Window(long offset, int length)
    {
        if (offset < _windowOffset || offset + length > _windowOffset + _windowLength) Fill(offset, length);
        return _window.AsSpan((int)(offset - _windowOffset), length);
    }

    private void Fill(long offset, int length)
    {
        // The window begins at a page, so that an unreadable page is one page of it.
        var start = IoAlignment.Down(offset);
        var needed = (int)Math.Min(LengthBytes - start, Math.Max(WindowBytes, offset - start + length));
        if (_window.Length < needed) _window = new byte[needed];
        _windowOffset = start;
        _windowLength = needed;
        try
        {
            file.Read(start, _window.AsSpan(0, needed));
        }
        catch (FileSystemException failure) when (failure.Fault == FileFault.Io)
        {
            FillByPages(start, needed);
        }
    }

    private void FillByPages(long start, int length)
    {
        for (var done = 0; done < length; done += IoAlignment.Bytes)
        {
            var page = _window.AsSpan(done, Math.Min(IoAlignment.Bytes, length - done));
            try
            {
                file.Read(start + done, page);
            }
            catch (FileSystemException failure) when (failure.Fault == FileFault.Io)
            {
                page.Fill(Unreadable);
                HasUnreadablePages = true;
            }
        }
    }
}
