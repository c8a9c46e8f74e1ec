using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ObjectStore.Storage.IO.Native;

namespace ObjectStore.Storage.IO;

/// <summary>The real file system, through libc.</summary>
public sealed unsafe class LinuxFileSystem : IFileSystem
{
    private const int FileMode = 0x1B0; // rw-rw---- before umask
    private const uint DirectoryMode = 0x1F8; // rwxrwx--- before umask
    private const int DirentTypeOffset = 18;
    private const int DirentNameOffset = 19;

    public static LinuxFileSystem Instance { get; } = new();

    public IFile Open(string path, FileOpenMode mode, bool direct = false)
    {
        var flags = LibC.O_CLOEXEC | mode switch
        {
            FileOpenMode.Read => LibC.O_RDONLY,
            FileOpenMode.ReadWrite => LibC.O_RDWR,
            FileOpenMode.CreateNew => LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL,
            _ => LibC.O_RDWR | LibC.O_CREAT,
        };
        if (!direct) return new LinuxFile(OpenHandle(path, flags), path, isDirect: false);

        // The flag is refused only after a file may have been created, so creation comes first, without it.
        if ((flags & LibC.O_CREAT) != 0) OpenHandle(path, flags).Dispose();
        flags &= ~(LibC.O_CREAT | LibC.O_EXCL);
        var descriptor = OpenRaw(path, flags | LibC.O_DIRECT);
        if (descriptor >= 0) return new LinuxFile(new SafeFileHandle(descriptor, ownsHandle: true), path, isDirect: true);

        var errno = Marshal.GetLastPInvokeError();
        if (errno is not (Errno.EINVAL or Errno.EOPNOTSUPP)) throw FileSystemException.FromErrno(errno, "open", path);
        return new LinuxFile(OpenHandle(path, flags), path, isDirect: false);
    }

    public void CreateDirectory(string path)
    {
        if (LibC.MkDir(path, DirectoryMode) == 0) return;
        var errno = Marshal.GetLastPInvokeError();
        if (errno == Errno.EEXIST && DirectoryExists(path)) return;
        throw FileSystemException.FromErrno(errno, "mkdir", path);
    }

    public IReadOnlyList<DirectoryEntry> List(string directory)
    {
        using var handle = LibC.OpenDir(directory);
        if (handle.IsInvalid) throw Failure("opendir", directory);

        var entries = new List<DirectoryEntry>();
        while (true)
        {
            var entry = LibC.ReadDir(handle);
            if (entry == null) break;
            var name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + DirentNameOffset));
            if (name is "." or "..") continue;
            entries.Add(new DirectoryEntry(name, IsDirectory(entry[DirentTypeOffset], directory, name)));
        }
        if (Marshal.GetLastPInvokeError() != 0) throw Failure("readdir", directory);

        entries.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return entries;
    }

    public bool FileExists(string path) => Exists(path) && !DirectoryExists(path);

    public bool DirectoryExists(string path)
    {
        var descriptor = OpenRaw(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_DIRECTORY);
        if (descriptor >= 0)
        {
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
            return true;
        }
        var errno = Marshal.GetLastPInvokeError();
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return false;
        throw FileSystemException.FromErrno(errno, "open", path);
    }

    public void Rename(string from, string to)
    {
        if (LibC.Rename(from, to) != 0) throw Failure("rename", from);
    }

    public void DeleteFile(string path)
    {
        if (LibC.Unlink(path) != 0) throw Failure("unlink", path);
    }

    public void DeleteDirectory(string path)
    {
        if (LibC.RmDir(path) != 0) throw Failure("rmdir", path);
    }

    public void SyncDirectory(string path)
    {
        using var handle = OpenHandle(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_DIRECTORY);
        if (LinuxFile.Sync(handle) != 0) throw Failure("fsync", path);
    }

    public FileSystemSpace GetSpace(string path)
    {
        if (LibC.StatVfsOf(path, out var result) != 0) throw Failure("statvfs", path);
        return new FileSystemSpace((long)(result.Blocks * result.FragmentSize), (long)(result.BlocksAvailable * result.FragmentSize));
    }

    private static bool Exists(string path)
    {
        if (LibC.Access(path, 0) == 0) return true;
        var errno = Marshal.GetLastPInvokeError();
        if (errno is Errno.ENOENT or Errno.ENOTDIR) return false;
        throw FileSystemException.FromErrno(errno, "access", path);
    }

    /// <summary>Some file systems do not tell the kind, and links are what they point to.</summary>
    private bool IsDirectory(byte type, string directory, string name) => type switch
    {
        LibC.DT_DIR => true,
        LibC.DT_UNKNOWN or LibC.DT_LNK => DirectoryExists(System.IO.Path.Combine(directory, name)),
        _ => false,
    };

    private static SafeFileHandle OpenHandle(string path, int flags)
    {
        var descriptor = OpenRaw(path, flags);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure("open", path);
    }

    private static int OpenRaw(string path, int flags)
    {
        while (true)
        {
            var descriptor = LibC.Open(path, flags, FileMode);
            if (descriptor >= 0 || Marshal.GetLastPInvokeError() != Errno.EINTR) return descriptor;
        }
    }

    private static FileSystemException Failure(string operation, string path) =>
        FileSystemException.FromErrno(Marshal.GetLastPInvokeError(), operation, path);
}
