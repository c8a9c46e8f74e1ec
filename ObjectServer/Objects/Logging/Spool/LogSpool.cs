using ObjectStore.Server.Diagnostics;
using ObjectStore.Storage;
using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Objects;

/// <summary>A file, and where in it the frames of a request end.</summary>
internal readonly record struct LogSpoolTicket(LogSpoolFile File, long End);

/// <summary>
/// Where records of requests outlive the process until they are in the queue: a file on a drive, written before the answer ends and not synced each time. What
/// is not in the queue is also kept in memory, so that a drive that fails loses nothing while the process lives: its file is left behind, and another drive's takes over.
/// Whoever writes takes with it what others have appended meanwhile, so that there is one write at a time and none waits for more than two.
/// </summary>
internal sealed class LogSpool(IReadOnlyList<ILogSpoolPlace> places, uint session, TimeProvider time, ILogger logger)
{
    /// <summary>A file with so many bytes gets no more.</summary>
    private const long FileBytes = 8L << 20;

    /// <summary>Of what is in memory; beyond it files are read again from their drives, and what has none is dropped.</summary>
    private const long MaxMemoryBytes = 32L << 20;

    /// <summary>Of what is not in the queue, in all files.</summary>
    public const long MaxBytes = 1L << 30;

    /// <summary>A write that takes longer is of a drive that hangs.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<LogSpoolFile> _files = [];
    private readonly Dictionary<DriveId, long> _failedAt = [];
    private readonly List<LogSpoolName> _leftBehind = [];
    private LogSpoolFile? _current;
    private uint _number;
    private long _leftBehindBytes;

    public uint Session => session;

    public IReadOnlyList<ILogSpoolPlace> Places => places;

    /// <summary>That are in no file: for want of a drive that takes one.</summary>
    public long Unprotected { get; private set; }

    /// <summary>Bytes of records that are not in the queue.</summary>
    public long PendingBytes
    {
        get
        {
            lock (_gate) return _leftBehindBytes + _files.Sum(file => Math.Max(0, file.Tail - file.Flushed));
        }
    }

    /// <summary>Takes records; they are in memory when it returns. Null if there is no room for them.</summary>
    public LogSpoolTicket? Append(LogRoute route, ulong ticks, uint part, int count, ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            if (_current is { Tail: >= FileBytes }) _current = null;
            if (_current is null && !TryBeginFile()) return null;
            if (_current!.Place is null) Unprotected += count;
            return new LogSpoolTicket(_current, _current.Append(route, ticks, part, count, lines));
        }
    }

    /// <summary>Returns when records are in their file, or will not be.</summary>
    /// <returns>False if the drive failed: they are safe once they are in the queue.</returns>
    public async ValueTask<bool> WriteAsync(LogSpoolTicket ticket)
    {
        var file = ticket.File;
        Task<bool> waiting;
        lock (_gate)
        {
            if (file.Place is null || file.Flushed >= ticket.End) return true;
            if (file.IsAbandoned) return false;
            if (file.Written >= ticket.End) return true;
            waiting = file.TryBeginBatch(time.GetTimestamp()) ? Task.FromResult(true) : file.WaitAsync(ticket.End);
            if (!waiting.IsCompleted) file = null;
        }
        if (file is null) return await waiting;
        WriteBatch(file);
        return !file.IsAbandoned;
    }

    /// <summary>Where what is appended next will stand.</summary>
    public (uint Number, long Tail) End
    {
        get
        {
            lock (_gate) return (_number, _current?.Tail ?? long.MaxValue);
        }
    }

    /// <summary>The oldest file with something before an end that is not in the queue, and its bytes; null if all is.</summary>
    public (LogSpoolFile File, long From, List<ReadOnlyMemory<byte>> Bytes)? NextUnflushed((uint Number, long Tail) end, int maxBytes)
    {
        lock (_gate)
        {
            var file = _files.Find(file => !file.IsFlushed);
            if (file is null || file.Name.Number > end.Number || (file.Name.Number == end.Number && file.Flushed >= end.Tail)) return null;
            return (file, file.Flushed, file.Unflushed(maxBytes));
        }
    }

    public void Flush(LogSpoolFile file, long end)
    {
        lock (_gate) file.Flush(end);
    }

    /// <summary>Leaves drives on which a write hangs, so that nobody waits for it but its writer. To be called about every second.</summary>
    public void GiveUpHanging()
    {
        foreach (var file in Hanging()) Abandon(file, null);
    }

    /// <summary>Whether a drive may be worked on: it is there, and has not failed lately.</summary>
    public bool IsTrusted(ILogSpoolPlace place)
    {
        lock (_gate) return CanTake(place);
    }

    /// <summary>Something on the drive has failed or hangs.</summary>
    public void Distrust(DriveId drive)
    {
        lock (_gate) _failedAt[drive] = time.GetTimestamp();
    }

    /// <summary>Looks after the files, and hands out what has ended.</summary>
    /// <param name="all">Also the file that is in use, if it is flushed.</param>
    /// <returns>Files that are flushed and get nothing more; to be deleted.</returns>
    public IReadOnlyList<LogSpoolFile> Tidy(bool all)
    {
        GiveUpHanging();
        lock (_gate)
        {
            // A drive that takes files again is better than memory.
            if (_current is { Place: null } && FindPlace() is not null) _current = null;
            if (_current is { } current && current.IsFlushed && !current.IsWriting && (all || current.Tail > FileBytes / 2)) _current = null;
            var ended = _files.FindAll(file => file != _current && file.IsFlushed && (!file.IsWriting || file.IsAbandoned));
            _files.RemoveAll(ended.Contains);
            return ended;
        }
    }

    /// <summary>Makes what is written outlast the power. Blocks.</summary>
    public void Sync()
    {
        List<(LogSpoolFile File, long Written)> files;
        lock (_gate) files = [.. _files.Where(file => file is { Place: not null, IsAbandoned: false } && file.Written > file.Synced).Select(file => (file, file.Written))];
        foreach (var (file, written) in files)
        {
            try
            {
                file.Sync();
                lock (_gate) file.Synced = written;
            }
            catch (IOException e)
            {
                Abandon(file, e);
            }
        }
    }

    /// <summary>Files that are on their drive alone, of this session and others: to be read, put into the queue, and deleted.</summary>
    public IReadOnlyList<LogSpoolName> TakeLeftBehind()
    {
        lock (_gate)
        {
            LogSpoolName[] taken = [.. _leftBehind];
            _leftBehind.Clear();
            _leftBehindBytes = 0;
            return taken;
        }
    }

    public void LeaveBehind(LogSpoolName name, long bytes)
    {
        lock (_gate)
        {
            _leftBehind.Add(name);
            _leftBehindBytes += bytes;
        }
    }

    private bool TryBeginFile()
    {
        var memory = _files.Sum(file => file.MemoryBytes);
        if (memory >= MaxMemoryBytes) memory -= ForgetOldest();
        if (memory >= MaxMemoryBytes || _leftBehindBytes + _files.Sum(file => file.Tail - file.Flushed) >= MaxBytes) return false;
        var place = FindPlace();
        _current = new LogSpoolFile(place, new LogSpoolName(place?.Id ?? default, session, ++_number));
        _files.Add(_current);
        return true;
    }

    private long ForgetOldest()
    {
        var oldest = _files.Find(file => file is { Place: not null, IsAbandoned: false, IsWriting: false } && file.Written == file.Tail);
        if (oldest is null) return 0;
        var freed = oldest.MemoryBytes;
        _files.Remove(oldest);
        _leftBehind.Add(oldest.Name);
        _leftBehindBytes += oldest.Tail - oldest.Flushed;
        oldest.Forget();
        oldest.Close();
        return freed;
    }

    private ILogSpoolPlace? FindPlace()
    {
        foreach (var place in places)
        {
            if (CanTake(place)) return place;
        }
        return null;
    }

    private bool CanTake(ILogSpoolPlace place) => place.IsUsable && (!_failedAt.TryGetValue(place.Id, out var failedAt) || time.GetElapsedTime(failedAt) > RetryAfter);

    private List<LogSpoolFile> Hanging()
    {
        lock (_gate) return _files.FindAll(file => file is { IsWriting: true, IsAbandoned: false } && time.GetElapsedTime(file.WritingSince) > HangLimit);
    }

    private void WriteBatch(LogSpoolFile file)
    {
        bool more;
        try
        {
            var offset = file.Written;
            while (NextRange(file, offset, out var bytes))
            {
                file.Write(offset, bytes.Span);
                offset += bytes.Length;
            }
        }
        catch (IOException e)
        {
            Abandon(file, e);
        }
        TaskCompletionSource<bool>? waiters;
        lock (_gate) waiters = file.EndBatch(time.GetTimestamp(), out more);
        if (file.IsAbandoned) file.Close();
        waiters?.SetResult(true);
        // Not here: whoever wrote for others has an answer to give.
        if (more) ThreadPool.UnsafeQueueUserWorkItem(WriteBatch, file, preferLocal: false);
    }

    private bool NextRange(LogSpoolFile file, long offset, out ReadOnlyMemory<byte> bytes)
    {
        lock (_gate) return file.TryNextRange(offset, out bytes);
    }

    private void Abandon(LogSpoolFile file, Exception? reason)
    {
        IEnumerable<TaskCompletionSource<bool>> waiters;
        lock (_gate)
        {
            if (file.IsAbandoned) return;
            waiters = [.. file.Abandon()];
            if (_current == file) _current = null;
            _failedAt[file.Name.Drive] = time.GetTimestamp();
        }
        StoreLog.LogSpoolAbandoned(logger, file.Path!, reason?.Message ?? "a write hangs");
        foreach (var waiter in waiters) waiter.SetResult(false);
    }
}
