using System.Globalization;
using ObjectStore.Storage.Drives;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Bulk;

/// <summary>
/// The bulk segments of one drive: gives out extents of the newest, opens them for readers, punches and unlinks.
/// Segments of earlier runs are sealed: they are never written again. Blocks; only <see cref="TryPinOpen"/> and
/// <see cref="Unpin"/> may be called on threads of the pool.
/// </summary>
internal sealed class BulkStore(IFileSystem fileSystem, string directory, DriveId drive, long segmentBytes, bool direct) : IDisposable
{
    private const string Extension = ".seg";

    /// <summary>Most handles that stay open for readers that are not there at the moment.</summary>
    private const int MaxOpenReaders = 512;

    private readonly Dictionary<long, BulkSegment> _segments = [];
    private readonly Lock _gate = new();
    private readonly Lock _reserve = new();
    private BulkSegment? _active;
    private long _lastNumber;
    private int _openReaders;

    public bool IsDirect => direct;

    /// <summary>Takes stock of the directory.</summary>
    public void Load()
    {
        foreach (var entry in fileSystem.List(directory))
        {
            if (entry.IsDirectory || !TryParseName(entry.Name, out var number)) continue;
            _segments[number] = new BulkSegment(number, Path.Combine(directory, entry.Name)) { Sealed = true };
            _lastNumber = Math.Max(_lastNumber, number);
        }
    }

    public IReadOnlyList<long> Numbers
    {
        get { lock (_gate) return [.. _segments.Keys.Order()]; }
    }

    /// <summary>Segments that nothing is written to any more, with their sizes.</summary>
    public IReadOnlyList<long> SealedNumbers
    {
        get { lock (_gate) return [.. _segments.Values.Where(s => s.Sealed && s.InFlight == 0).Select(s => s.Number).Order()]; }
    }

    /// <summary>
    /// Takes the next bytes of the active segment, or of a new one, and allocates them on the device. Give it back
    /// with <see cref="Release"/> when its commit is in the index, or when it is abandoned.
    /// </summary>
    /// <exception cref="FileSystemException">No space, or the device failed.</exception>
    public BulkExtent Reserve(long reservedBytes)
    {
        BulkExtent extent;
        lock (_reserve)
        {
            if (_active is null || _active.IsSyncBroken || _active.NextOffset + reservedBytes > _active.SizeBytes) Roll(reservedBytes);
            var segment = _active!;
            extent = new BulkExtent(segment, segment.Writer!, new ExtentAddress(segment.Number, segment.Nonce, segment.NextOffset, reservedBytes));
            lock (_gate) segment.InFlight++;
            segment.NextOffset += reservedBytes;
        }
        try
        {
            extent.File.Allocate(extent.Address.Offset, reservedBytes, keepSize: true);
            return extent;
        }
        catch (FileSystemException e) when (e.Fault == FileFault.NotSupported)
        {
            return extent;
        }
        catch
        {
            Release(extent);
            throw;
        }
    }

    public void Release(BulkExtent extent)
    {
        lock (_gate)
        {
            extent.Segment.InFlight--;
            CloseIdleWriter(extent.Segment);
        }
    }

    /// <summary>Pins a segment that is open already; null if it is not, or not there.</summary>
    public BulkPin? TryPinOpen(long number)
    {
        lock (_gate)
        {
            if (!_segments.TryGetValue(number, out var segment) || segment.Reader is null) return null;
            segment.Pins++;
            return new BulkPin(this, segment, segment.Reader);
        }
    }

    /// <summary>Pins a segment; null if it is not there.</summary>
    public BulkPin? Pin(long number)
    {
        if (TryPinOpen(number) is { } pin) return pin;
        BulkSegment? segment;
        lock (_gate)
            if (!_segments.TryGetValue(number, out segment)) return null;

        IFile file;
        try
        {
            file = fileSystem.Open(segment.Path, FileOpenMode.Read);
        }
        catch (FileSystemException e) when (e.Fault == FileFault.NotFound)
        {
            return null;
        }
        lock (_gate)
        {
            if (segment.Deleted || segment.Reader is not null)
            {
                file.Dispose();
                if (segment.Deleted) return null;
            }
            else
            {
                SetReader(segment, file);
            }
            segment.Pins++;
            return new BulkPin(this, segment, segment.Reader!);
        }
    }

    public void Unpin(BulkSegment segment)
    {
        lock (_gate)
        {
            segment.Pins--;
            if (segment.Deleted && segment.Pins == 0) CloseReader(segment);
        }
    }

    /// <summary>The nonce and size of a segment; null if it is gone or its header does not verify.</summary>
    public (Guid Nonce, long SizeBytes)? ReadHeader(long number)
    {
        lock (_gate)
            if (_segments.TryGetValue(number, out var known) && known.SizeBytes > 0) return (known.Nonce, known.SizeBytes);

        using var pin = Pin(number);
        if (pin is null) return null;
        Span<byte> page = stackalloc byte[BulkFormat.SegmentHeaderBytes];
        if (pin.File.Read(0, page) < page.Length) return null;
        if (!BulkFormat.TryReadSegmentHeader(page, drive, number, out var nonce, out var sizeBytes)) return null;
        lock (_gate)
        {
            if (_segments.TryGetValue(number, out var segment)) (segment.Nonce, segment.SizeBytes) = (nonce, sizeBytes);
        }
        return (nonce, sizeBytes);
    }

    /// <summary>
    /// Frees whole pages of an extent's segment. Nothing happens if that segment is gone, also when another file has
    /// its number now.
    /// </summary>
    public void Punch(in ExtentAddress extent, long offset, long lengthBytes)
    {
        var number = extent.Segment;
        if (ReadHeader(number) is not { } header || header.Nonce != extent.Nonce) return;
        BulkSegment? segment;
        IFile? writer;
        lock (_gate)
        {
            if (!_segments.TryGetValue(number, out segment)) return;
            writer = segment.Writer;
            if (writer is not null) segment.InFlight++;
        }
        if (writer is null)
        {
            using var file = fileSystem.Open(segment.Path, FileOpenMode.ReadWrite);
            file.PunchHole(offset, lengthBytes);
            return;
        }
        try
        {
            writer.PunchHole(offset, lengthBytes);
        }
        finally
        {
            lock (_gate)
            {
                segment.InFlight--;
                CloseIdleWriter(segment);
            }
        }
    }

    /// <summary>Unlinks a segment that is sealed and not being written; readers that pin it can go on. False if it is still in use.</summary>
    public bool TryDelete(long number)
    {
        BulkSegment? segment;
        lock (_gate)
        {
            if (!_segments.TryGetValue(number, out segment)) return true;
            if (!segment.Sealed || segment.InFlight > 0) return false;
            _segments.Remove(number);
            segment.Deleted = true;
            if (segment.Pins == 0) CloseReader(segment);
        }
        fileSystem.DeleteFile(segment.Path);
        return true;
    }

    /// <summary>No more extents from the active segment, so that it can be reclaimed.</summary>
    public void SealActive()
    {
        lock (_reserve) Seal();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var segment in _segments.Values)
            {
                segment.Writer?.Dispose();
                segment.Reader?.Dispose();
            }
            _segments.Clear();
            _active = null;
        }
    }

    private void Roll(long reservedBytes)
    {
        Seal();
        var number = _lastNumber + 1;
        var size = Math.Max(segmentBytes, BulkFormat.SegmentHeaderBytes + reservedBytes);
        var path = Path.Combine(directory, number.ToString("x16", CultureInfo.InvariantCulture) + Extension);
        var nonce = Guid.NewGuid();
        WriteNew(path, number, nonce, size);
        _lastNumber = number;

        var segment = new BulkSegment(number, path)
        {
            Nonce = nonce,
            SizeBytes = size,
            NextOffset = BulkFormat.SegmentHeaderBytes,
            Writer = fileSystem.Open(path, FileOpenMode.ReadWrite, direct),
        };
        var reader = fileSystem.Open(path, FileOpenMode.Read);
        lock (_gate)
        {
            _segments[number] = segment;
            SetReader(segment, reader);
        }
        _active = segment;
    }

    // Sparse: only the header takes space. The name and the length are durable before the first extent is.
    private void WriteNew(string path, long number, Guid nonce, long size)
    {
        using (var file = fileSystem.Open(path, FileOpenMode.CreateNew))
        {
            var header = new byte[BulkFormat.SegmentHeaderBytes];
            BulkFormat.WriteSegmentHeader(header, drive, number, nonce, size);
            file.SetLength(size);
            file.Write(0, header);
            file.Sync();
        }
        fileSystem.SyncDirectory(directory);
    }

    private void Seal()
    {
        if (_active is null) return;
        lock (_gate)
        {
            _active.Sealed = true;
            CloseIdleWriter(_active);
        }
        _active = null;
    }

    private static void CloseIdleWriter(BulkSegment segment)
    {
        if (!segment.Sealed || segment.InFlight > 0) return;
        segment.Writer?.Dispose();
        segment.Writer = null;
    }

    private void SetReader(BulkSegment segment, IFile file)
    {
        segment.Reader = file;
        if (++_openReaders <= MaxOpenReaders) return;
        var idle = _segments.Values.FirstOrDefault(s => s.Reader is not null && s.Pins == 0 && s != segment);
        if (idle is not null) CloseReader(idle);
    }

    private void CloseReader(BulkSegment segment)
    {
        if (segment.Reader is null) return;
        segment.Reader.Dispose();
        segment.Reader = null;
        _openReaders--;
    }

    private static bool TryParseName(string name, out long number)
    {
        number = 0;
        return name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }
}

/// <summary>Bytes of a segment that one writer owns until it commits or gives up.</summary>
internal sealed record BulkExtent(BulkSegment Segment, IFile File, ExtentAddress Address);
