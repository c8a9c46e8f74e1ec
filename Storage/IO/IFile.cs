namespace ObjectStore.Storage.IO;

/// <summary>
/// An open file with positional, blocking I/O; safe for parallel use. Nothing is durable before a sync returns, and a
/// sync that failed is not to be repeated: the kernel may have dropped what it could not write.
/// </summary>
public interface IFile : IDisposable
{
    string Path { get; }

    /// <summary>Whether direct I/O is in force (see <see cref="IFileSystem.Open"/>).</summary>
    bool IsDirect { get; }

    long GetLength();

    /// <summary>Reads until the buffer is full or the file ends; returns the bytes read.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Like <see cref="Read"/>, into several buffers one after the other.</summary>
    long ReadVector(long offset, ReadOnlySpan<Memory<byte>> buffers);

    /// <summary>
    /// Fills the whole buffer if that needs no disk access. False when it would block, reaches the end, or cannot be
    /// told here; the buffer's content is undefined then.
    /// </summary>
    bool TryReadCached(long offset, Span<byte> buffer);

    /// <summary>Writes all bytes.</summary>
    void Write(long offset, ReadOnlySpan<byte> buffer);

    /// <summary>Writes all bytes of all buffers, one behind the other. Any number of buffers; empty ones are allowed.</summary>
    void WriteVector(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> buffers);

    /// <summary>fdatasync: data, and what is needed to find it (the length), are durable.</summary>
    void SyncData();

    /// <summary>fsync: data and all attributes.</summary>
    void Sync();

    /// <summary>Reserves space. With <paramref name="keepSize"/> the file's length stays as it is.</summary>
    void Allocate(long offset, long lengthBytes, bool keepSize);

    /// <summary>Frees the whole pages of a range; it reads as zeros afterwards. The length stays.</summary>
    /// <returns>False where the file system cannot.</returns>
    bool PunchHole(long offset, long lengthBytes);

    /// <summary>Makes a range read as zeros, allocated; written as zeros where the file system has no such call.</summary>
    void ZeroRange(long offset, long lengthBytes);

    void SetLength(long lengthBytes);

    /// <summary>Starts writing dirty pages of a range without waiting. A hint: makes nothing durable.</summary>
    void StartWriteback(long offset, long lengthBytes);

    /// <summary>A hint on how a range (0, 0 = all of the file) will be used.</summary>
    void Advise(FileAdvice advice, long offset = 0, long lengthBytes = 0);

    /// <summary>Takes the exclusive lock of the file, which goes with the handle; false if someone else has it.</summary>
    bool TryLock();
}

public enum FileAdvice
{
    Normal = 0,
    Random = 1,
    Sequential = 2,
    WillNeed = 3,

    /// <summary>Drop clean pages from the cache.</summary>
    DontNeed = 4,
}
