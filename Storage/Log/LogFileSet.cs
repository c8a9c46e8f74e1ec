using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Log;

/// <summary>The files of an open log, and handles to read them: kept while pinned, and the last few after that.</summary>
internal sealed class LogFileSet(IFileSystem fileSystem, string directory) : IDisposable
{
    private const int MaxIdleHandles = 64;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, OpenLogFile> _files = [];
    private readonly LinkedList<OpenLogFile> _idle = new();

    public IReadOnlyList<LogFileInfo> Infos
    {
        get
        {
            lock (_gate) return _files.Values.Select(file => file.Info).ToArray();
        }
    }

    public void Add(LogFileInfo info, LogFileIdentity identity, bool hasHeader, long? lsnBefore)
    {
        lock (_gate) _files.Add(info.Number, new OpenLogFile(this, info, identity, hasHeader, lsnBefore));
    }

    public void Update(LogFileInfo info)
    {
        lock (_gate)
            if (_files.TryGetValue(info.Number, out var file)) file.Info = info;
    }

    public IReadOnlyList<LogFileView> From(long number)
    {
        lock (_gate)
        {
            return _files.Values.Where(file => file.Info.Number >= number)
                .Select(file => new LogFileView(file.Info, file.Identity, file.HasHeader, file.LsnBefore)).ToArray();
        }
    }

    public LogFilePin? Pin(long number)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(number, out var file)) return null;
            if (file.Idle is { } idle)
            {
                _idle.Remove(idle);
                file.Idle = null;
            }
            // Writable only to punch holes.
            file.Handle ??= fileSystem.Open(PathOf(number), FileOpenMode.ReadWrite);
            file.Pins++;
            return new LogFilePin(file);
        }
    }

    public void Delete(long number, bool onlyOldest)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(number, out var file)) return;
            if (!file.Info.IsSealed) throw new InvalidOperationException($"Log file {number} is in use.");
            if (onlyOldest && _files.Keys.First() != number) throw new InvalidOperationException($"Log file {number} is not the oldest.");
            _files.Remove(number);
            file.IsDeleted = true;
            if (file.Pins == 0) Close(file);
        }
        fileSystem.DeleteFile(PathOf(number));
        // In order: a journal whose newer file went first would look damaged.
        fileSystem.SyncDirectory(directory);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var file in _files.Values)
            {
                file.IsDeleted = true;
                if (file.Pins == 0) Close(file);
            }
            _files.Clear();
        }
    }

    internal void Unpin(OpenLogFile file)
    {
        lock (_gate)
        {
            if (--file.Pins > 0) return;
            if (file.IsDeleted)
            {
                Close(file);
                return;
            }
            file.Idle = _idle.AddLast(file);
            if (_idle.Count > MaxIdleHandles) Close(_idle.First!.Value);
        }
    }

    /// <summary>A handle of its own to read a file from end to end, or null if it has been deleted.</summary>
    public IFile? OpenForScan(long number)
    {
        lock (_gate) return _files.ContainsKey(number) ? fileSystem.Open(PathOf(number), FileOpenMode.Read) : null;
    }

    private string PathOf(long number) => Path.Combine(directory, LogFormat.FileName(number, LogFormat.FileSuffix));

    private void Close(OpenLogFile file)
    {
        if (file.Idle is { } idle) _idle.Remove(idle);
        file.Idle = null;
        file.Handle?.Dispose();
        file.Handle = null;
    }
}

internal readonly record struct LogFileView(LogFileInfo Info, LogFileIdentity Identity, bool HasHeader, long? LsnBefore);

/// <summary>Guarded by the set's lock, but for what never changes.</summary>
internal sealed class OpenLogFile(LogFileSet set, LogFileInfo info, LogFileIdentity identity, bool hasHeader, long? lsnBefore)
{
    public LogFileSet Set { get; } = set;

    public LogFileInfo Info { get; set; } = info;

    public LogFileIdentity Identity { get; } = identity;

    public bool HasHeader { get; } = hasHeader;

    public long? LsnBefore { get; } = lsnBefore;

    public IFile? Handle { get; set; }

    public int Pins { get; set; }

    public bool IsDeleted { get; set; }

    public LinkedListNode<OpenLogFile>? Idle { get; set; }
}

/// <summary>A file of the log that stays readable until this is disposed.</summary>
public sealed class LogFilePin : IDisposable
{
    private OpenLogFile? _file;

    internal LogFilePin(OpenLogFile file)
    {
        _file = file;
        File = file.Handle!;
        Identity = file.Identity;
    }

    /// <summary>Buffered handle for positional reads. Never write to it, never dispose it.</summary>
    public IFile File { get; }

    internal LogFileIdentity Identity { get; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _file, null) is { } file) file.Set.Unpin(file);
    }
}
