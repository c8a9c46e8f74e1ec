using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>The one thread that writes. Fields here are its own, but for those named under the lock.</summary>
public sealed partial class DurableLog
{
    private readonly LogFileFactory _factory;
    private readonly LogGroupWriter _writer = new();

    /// <summary>Ends of files that a crash left; every new file repeats them, so that the newest always knows.</summary>
    private readonly List<LogFileEnd> _ends;

    private ActiveLogFile? _active;
    private Task<PreparedLogFile>? _prepared;
    private LogAppended[] _appended = new LogAppended[64];
    private long _offset;
    private long _lastLsn;
    private long _nextFileNumber;
    private long _nextFileSizeBytes;
    private bool _isFileStartDue;

    // Under the lock.
    private LogMark _durableEnd;
    private LogPosition _lastGroup;
    private long _records;
    private long _groups;
    private long _payloadBytes;
    private long _writtenBytes;

    private void BeginFirstFile()
    {
        Switch(_factory.Prepare(_nextFileNumber++, _nextFileSizeBytes));
        WriteGroup([]);
        PrepareNext();
    }

    private void RunAppender()
    {
        var group = new List<PendingAppend>();
        while (TakeGroup(group))
        {
            try
            {
                if (!MakeRoom(group)) continue;
                WriteGroup(group);
            }
            catch (Exception failure)
            {
                // Whatever it was: what lies on the disk is no longer known.
                Latch(new LogException(LogFault.Io, $"The log has stopped: {failure.Message} Records under way may or may not be durable.", failure), group);
                continue;
            }
            ReleaseBytes(group);
            foreach (var append in group) append.Complete();
        }
        Close();
    }

    /// <summary>Begins a new file where the group does not fit. False if there is none to be had: the group has failed.</summary>
    private bool MakeRoom(List<PendingAppend> group)
    {
        long bytes = 0;
        foreach (var append in group) bytes += append.QueuedBytes;
        var isEmpty = _offset == LogFormat.FirstGroupOffset + IoAlignment.Bytes || _isFileStartDue;
        var fits = isEmpty || _offset + IoAlignment.Up(bytes) + IoAlignment.Bytes <= _active!.SizeBytes;
        if (fits && !group[0].IsRoll) return true;

        PreparedLogFile next;
        try
        {
            if (_prepared is null) PrepareNext();
            // This thread is the appender's own, and has nothing else to do.
            next = _prepared!.GetAwaiter().GetResult();
        }
        catch (FileSystemException failure) when (failure.Fault == FileFault.NoSpace)
        {
            // Nothing has been written, so nothing is in doubt. The next append tries again.
            _prepared = null;
            ReleaseBytes(group);
            foreach (var append in group) append.Fail(Translate(failure, "There is no room for a new log file"));
            return false;
        }
        _prepared = null;
        SealActive();
        Switch(next);
        PrepareNext();
        return true;
    }

    private void WriteGroup(List<PendingAppend> group)
    {
        _writer.Begin(_active!.File, _active.Identity, _offset);
        if (_isFileStartDue) _writer.Add(LogFormat.FileStartKind, _lastLsn, LogFileEnd.WriteList(_ends));
        if (_appended.Length < group.Count) _appended = new LogAppended[Math.Max(group.Count, _appended.Length * 2)];

        var count = 0;
        long payloadBytes = 0;
        var mark = new LogMark(new LogPosition(_active.Identity.Number, _writer.Offset), _lastLsn);
        foreach (var append in group)
        {
            if (append.IsRoll) continue;
            append.Entry = _writer.Add(append.Kind, ++_lastLsn, append.Segments, append.PayloadBytes, append.PayloadCrc);
            _appended[count++] = new LogAppended(append.Entry, append.State);
            payloadBytes += append.PayloadBytes;
            mark = append.Entry.After;
        }
        _writer.Finish();
        _active.File.SyncData();
        _isFileStartDue = false;
        var start = _offset;
        _offset = _writer.Offset;
        _files.Update(new LogFileInfo(_active.Identity.Number, mark.Next.Offset, IsSealed: false, _lastLsn));

        if (count > 0) _options.Observer?.OnGroupDurable(_appended.AsSpan(0, count), mark);
        _appended.AsSpan(0, count).Clear();
        lock (_gate)
        {
            _durableEnd = mark;
            _lastGroup = new LogPosition(_active.Identity.Number, start);
            _records += count;
            _groups++;
            _payloadBytes += payloadBytes;
            _writtenBytes += _offset - start;
        }
    }

    private void Switch(PreparedLogFile next)
    {
        var active = _factory.Activate(next);
        _active?.File.Dispose();
        _active = active;
        _offset = LogFormat.FirstGroupOffset;
        _isFileStartDue = true;
        var number = next.Identity.Number;
        _files.Add(new LogFileInfo(number, LogFormat.FirstGroupOffset, IsSealed: false, _lastLsn), next.Identity, hasHeader: true, _lastLsn);
        var present = _files.Infos.Select(info => info.Number).ToHashSet();
        _ends.RemoveAll(end => !present.Contains(end.FileNumber));
    }

    /// <summary>
    /// Says durably that the file ends here, before anything goes into the next one: afterwards a bad record in it can only
    /// be damage. The zeros behind are given back.
    /// </summary>
    private void SealActive()
    {
        if (_active is null) return;
        if (_isFileStartDue) WriteGroup([]);
        _writer.Begin(_active.File, _active.Identity, _offset);
        _writer.Add(LogFormat.SealKind, _lastLsn, default);
        _writer.Finish();
        _active.File.SyncData();
        _active.File.SetLength(_writer.Offset);
        _files.Update(new LogFileInfo(_active.Identity.Number, DurableEnd.Next.Offset, IsSealed: true, _lastLsn));
    }

    private void PrepareNext()
    {
        _nextFileSizeBytes = Math.Min(_nextFileSizeBytes * 2, _options.FileSizeBytes);
        var (number, size) = (_nextFileNumber++, _nextFileSizeBytes);
        _prepared = Task.Run(() => _factory.Prepare(number, size));
    }

    private void Close()
    {
        try
        {
            if (_latched is null) SealActive();
        }
        catch (FileSystemException failure)
        {
            // Everything acknowledged is durable; only the seal is missing, as after a crash. The next open copes with that.
            Latch(new LogException(LogFault.Io, $"The log could not be sealed: {failure.Message}", failure), []);
        }
        CloseFiles();
        _closed.SetResult();
    }

    private void CloseFiles()
    {
        // A file that was prepared and not used says so by its name: the next open deletes it.
        if (_prepared is { } prepared) ((IAsyncResult)prepared).AsyncWaitHandle.WaitOne();
        _active?.File.Dispose();
        _writer.Dispose();
        _files.Dispose();
        _lockFile.Dispose();
    }
}
