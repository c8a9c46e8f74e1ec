namespace ObjectStore.Storage.IO;

/// <summary>
/// The layer below everything durable. Calls block; paths are absolute. Injected, so that tests can lose, tear and
/// fail what is written. Every failure is a <see cref="FileSystemException"/>.
/// </summary>
public interface IFileSystem
{
    /// <param name="direct">
    /// Ask for direct I/O: offsets, lengths and addresses are then multiples of <see cref="IoAlignment.Bytes"/>.
    /// Where the file system refuses it the file is buffered, and <see cref="IFile.IsDirect"/> says so.
    /// </param>
    IFile Open(string path, FileOpenMode mode, bool direct = false);

    /// <summary>Creates one directory; its parent must exist. No error if it is there already. Not durable before the parent is synced.</summary>
    void CreateDirectory(string path);

    /// <summary>Names and kinds of what a directory holds, sorted by ordinal name; <see cref="FileFault.NotFound"/> if there is none.</summary>
    IReadOnlyList<DirectoryEntry> List(string directory);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Replaces <paramref name="to"/> atomically. Durable after <see cref="SyncDirectory"/> of the parents.</summary>
    void Rename(string from, string to);

    /// <summary>Unlinks a file; open handles can still read it.</summary>
    void DeleteFile(string path);

    /// <summary>Removes an empty directory.</summary>
    void DeleteDirectory(string path);

    /// <summary>fsync of a directory: names created, renamed and deleted in it are durable afterwards.</summary>
    void SyncDirectory(string path);

    FileSystemSpace GetSpace(string path);
}

public enum FileOpenMode
{
    /// <summary>An existing file, to read.</summary>
    Read,

    /// <summary>An existing file, to read and write.</summary>
    ReadWrite,

    /// <summary>A new file, to read and write; <see cref="FileFault.Exists"/> if there is one.</summary>
    CreateNew,

    /// <summary>A file to read and write, created empty if there is none.</summary>
    OpenOrCreate,
}

public readonly record struct DirectoryEntry(string Name, bool IsDirectory);

/// <param name="AvailableBytes">Bytes that an unprivileged process may still take.</param>
public readonly record struct FileSystemSpace(long TotalBytes, long AvailableBytes);

public static class IoAlignment
{
    /// <summary>What direct I/O is aligned to: the page, which is a multiple of every sector size in use.</summary>
    public const int Bytes = 4096;

    public static long Up(long value) => (value + Bytes - 1) & -Bytes;

    public static long Down(long value) => value & -Bytes;

    public static bool IsAligned(long value) => (value & (Bytes - 1)) == 0;
}
