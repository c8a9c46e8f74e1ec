using ObjectStore.Storage.IO;

namespace ObjectStore.TestKit;

public enum FaultyOperation
{
    Open,
    Read,
    Write,

    /// <summary>fdatasync or fsync, of a file or directory. A sync of a file that fails drops what was not on disk.</summary>
    Sync,

    /// <summary>fallocate, punch, truncate.</summary>
    Allocate,

    /// <summary>Create, rename, delete.</summary>
    ChangeName,
}

/// <summary>A fault: which calls it meets, and what it does to them.</summary>
public sealed class FaultRule(FaultyOperation operation, Func<string, bool>? path = null) : IDisposable
{
    private int _met;

    /// <summary>The error that the call fails with; 0 lets it pass after <see cref="Delay"/> and <see cref="OnHit"/>.</summary>
    public int ErrorNumber { get; init; } = Errno.EIO;

    /// <summary>Calls that pass before the first is hit.</summary>
    public int Skip { get; init; }

    /// <summary>Calls that are hit after that; all by default.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>Only calls that touch this range of the file.</summary>
    public (long Offset, long LengthBytes)? Range { get; init; }

    public TimeSpan Delay { get; init; }

    /// <summary>Runs on the calling thread, and may block it.</summary>
    public Action? OnHit { get; init; }

    /// <summary>Calls hit so far.</summary>
    public int Hits { get; private set; }

    internal Action? Removed { get; set; }

    public void Dispose() => Removed?.Invoke();

    internal void Apply(FaultyOperation called, string calledPath, long offset, long lengthBytes)
    {
        if (called != operation || (path is not null && !path(calledPath))) return;
        if (Range is { } range && (offset + lengthBytes <= range.Offset || offset >= range.Offset + range.LengthBytes)) return;
        var number = Interlocked.Increment(ref _met) - Skip;
        if (number <= 0 || number > Times) return;
        Hits++;
        if (Delay > TimeSpan.Zero) Thread.Sleep(Delay);
        OnHit?.Invoke();
        if (ErrorNumber != 0) throw FileSystemException.FromErrno(ErrorNumber, called.ToString(), calledPath);
    }
}
