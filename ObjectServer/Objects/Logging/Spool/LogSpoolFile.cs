using ObjectStore.Storage.IO;

namespace ObjectStore.Server.Objects;

/// <summary>
/// One file of the spool, and in memory what of it is not in the queue yet. Bytes are appended in memory and written behind, by one writer at a time; the file
/// is made with the first write. Not thread-safe but for what says so: <see cref="LogSpool"/> guards it.
/// </summary>
/// <param name="place">Null: no drive takes it, and it is in memory alone.</param>
internal sealed class LogSpoolFile(ILogSpoolPlace? place, LogSpoolName name)
{
    public const string DirectoryName = "access-log";

    /// <summary>A drive that has less is full: what remains is for those who delete.</summary>
    private const long ReserveBytes = 64L << 20;

    private const int BlockBytes = 64 * 1024;

    private readonly Dictionary<LogRoute, uint> _routes = [];
    private readonly Queue<Block> _blocks = [];
    private Block? _last;
    private IFile? _file;
    private long _batchEnd;
    private TaskCompletionSource<bool>? _ofBatch;
    private TaskCompletionSource<bool>? _ofNext;

    private sealed class Block(long offset, int capacity)
    {
        public byte[] Bytes { get; } = new byte[capacity];

        public long Offset => offset;

        public int Length { get; set; }

        public long End => offset + Length;
    }

    public ILogSpoolPlace? Place => place;

    public LogSpoolName Name => name;

    public string? Path => place is null ? null : System.IO.Path.Combine(place.Directory, DirectoryName, name.FileName);

    /// <summary>Up to here there are bytes.</summary>
    public long Tail { get; private set; }

    /// <summary>Up to here they are in the file.</summary>
    public long Written { get; private set; }

    /// <summary>Up to here they are in the queue.</summary>
    public long Flushed { get; private set; } = LogSpoolFormat.HeaderBytes;

    /// <summary>Up to here a loss of power leaves them.</summary>
    public long Synced { get; set; }

    public bool IsFlushed => Flushed >= Tail;

    public bool IsWriting { get; private set; }

    /// <summary>When the write began that is under way, by the clock's ticks; 0 without one.</summary>
    public long WritingSince { get; private set; }

    /// <summary>Nothing is appended or written any more: the drive failed.</summary>
    public bool IsAbandoned { get; private set; }

    public long MemoryBytes { get; private set; }

    /// <returns>Where the frame ends.</returns>
    public long Append(LogRoute route, ulong ticks, uint part, int count, ReadOnlySpan<byte> lines)
    {
        if (Tail == 0)
        {
            LogSpoolFormat.WriteHeader(Take(LogSpoolFormat.HeaderBytes), name);
        }
        if (!_routes.TryGetValue(route, out var id))
        {
            _routes.Add(route, id = (uint)_routes.Count);
            var payload = LogSpoolFormat.RouteOf(id, route);
            var at = Tail;
            var definition = Take(LogSpoolFormat.FrameBytes + payload.Length);
            payload.CopyTo(definition[LogSpoolFormat.FrameBytes..]);
            LogSpoolFormat.Seal(definition, name, at);
        }
        var offset = Tail;
        var frame = Take(LogSpoolFormat.FrameBytes + LogSpoolFormat.RecordsBytes + lines.Length);
        LogSpoolFormat.WriteRecords(frame[LogSpoolFormat.FrameBytes..], id, ticks, part, count, lines);
        LogSpoolFormat.Seal(frame, name, offset);
        return Tail;
    }

    /// <summary>Becomes the writer, for which <see cref="TryNextRange"/> has work until the batch ends; false if there is one.</summary>
    public bool TryBeginBatch(long nowTicks)
    {
        if (IsWriting || IsAbandoned || place is null) return false;
        IsWriting = true;
        NextBatch(nowTicks);
        return true;
    }

    /// <summary>Completes when the bytes up to <paramref name="end"/> are written (true) or will not be (false). There is a writer.</summary>
    public Task<bool> WaitAsync(long end)
    {
        ref var waiters = ref (end <= _batchEnd ? ref _ofBatch : ref _ofNext);
        return (waiters ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    public bool TryNextRange(long from, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (from >= _batchEnd || IsAbandoned) return false;
        foreach (var block in _blocks)
        {
            if (block.End <= from) continue;
            bytes = block.Bytes.AsMemory((int)(from - block.Offset), (int)(Math.Min(block.End, _batchEnd) - from));
            return true;
        }
        return false;
    }

    /// <summary>The batch is written.</summary>
    /// <returns>Who waited for it; to be told without a lock. Another batch has begun if <paramref name="more"/>.</returns>
    public TaskCompletionSource<bool>? EndBatch(long nowTicks, out bool more)
    {
        var waiters = _ofBatch;
        _ofBatch = null;
        if (!IsAbandoned) Written = _batchEnd;
        Release();
        more = Tail > Written && !IsAbandoned;
        if (more) NextBatch(nowTicks);
        else (IsWriting, WritingSince) = (false, 0);
        return waiters;
    }

    public IEnumerable<TaskCompletionSource<bool>> Abandon()
    {
        IsAbandoned = true;
        TaskCompletionSource<bool>?[] waiters = [_ofBatch, _ofNext];
        (_ofBatch, _ofNext) = (null, null);
        return waiters.OfType<TaskCompletionSource<bool>>();
    }

    /// <summary>The first bytes that are not in the queue, from a frame's beginning, one behind the other; whole frames each. They do not change any more.</summary>
    public List<ReadOnlyMemory<byte>> Unflushed(int maxBytes)
    {
        var taken = new List<ReadOnlyMemory<byte>>();
        var position = Flushed;
        foreach (var block in _blocks)
        {
            if (block.End <= position) continue;
            taken.Add(block.Bytes.AsMemory((int)(position - block.Offset), (int)(block.End - position)));
            position = block.End;
            if (position - Flushed >= maxBytes) break;
        }
        return taken;
    }

    public void Flush(long end)
    {
        Flushed = Math.Max(Flushed, end);
        Release();
    }

    /// <summary>What is here is given up in memory: it is in the file.</summary>
    public void Forget()
    {
        _blocks.Clear();
        (_last, MemoryBytes) = (null, 0);
    }

    /// <summary>Blocks, like all that follows. For the writer alone.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => (_file ??= Create()).Write(offset, bytes);

    /// <summary>What was written before this outlives the power.</summary>
    public void Sync()
    {
        if (_file is not { } file) return;
        file.SyncData();
        if (Synced == 0) place!.FileSystem.SyncDirectory(System.IO.Path.GetDirectoryName(file.Path)!);
    }

    public void Close() => _file?.Dispose();

    /// <summary>Removes the file, durably.</summary>
    public static void Delete(ILogSpoolPlace place, LogSpoolName name)
    {
        var directory = System.IO.Path.Combine(place.Directory, DirectoryName);
        var path = System.IO.Path.Combine(directory, name.FileName);
        if (!place.FileSystem.DirectoryExists(directory)) return;
        if (place.FileSystem.FileExists(path)) place.FileSystem.DeleteFile(path);
        place.FileSystem.SyncDirectory(directory);
    }

    private IFile Create()
    {
        var (fileSystem, directory) = (place!.FileSystem, System.IO.Path.GetDirectoryName(Path)!);
        if (fileSystem.GetSpace(place.Directory).AvailableBytes < ReserveBytes) throw new FileSystemException(FileFault.NoSpace, 0, "create", Path!, "the drive is nearly full");
        fileSystem.CreateDirectory(directory);
        return fileSystem.Open(Path!, FileOpenMode.CreateNew);
    }

    private void NextBatch(long nowTicks)
    {
        (_batchEnd, WritingSince) = (Tail, nowTicks);
        (_ofBatch, _ofNext) = (_ofNext, null);
    }

    private Span<byte> Take(int count)
    {
        if (_last is null || _last.Bytes.Length - _last.Length < count)
        {
            _blocks.Enqueue(_last = new Block(Tail, Math.Max(BlockBytes, count)));
            MemoryBytes += _last.Bytes.Length;
        }
        var taken = _last.Bytes.AsSpan(_last.Length, count);
        _last.Length += count;
        Tail += count;
        return taken;
    }

    private void Release()
    {
        // Of a file that is not written any more, or never is, nothing has to be.
        var end = IsAbandoned || place is null ? Flushed : Math.Min(Flushed, Written);
        while (_blocks.TryPeek(out var first) && first != _last && first.End <= end)
        {
            MemoryBytes -= _blocks.Dequeue().Bytes.Length;
        }
    }
}
