using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ObjectStore.Storage.IO.Native;

/// <summary>Signatures of libc, only those in use. 64-bit Linux: off_t, size_t and long are 64 bits.</summary>
internal static unsafe partial class LibC
{
    private const string Library = "libc";

    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_CLOEXEC = 0x80000;

    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const int FALLOC_FL_PUNCH_HOLE = 2;
    public const int FALLOC_FL_ZERO_RANGE = 16;

    public const uint SYNC_FILE_RANGE_WRITE = 2;
    public const int RWF_NOWAIT = 8;
    public const int SEEK_END = 2;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    public const byte DT_UNKNOWN = 0;
    public const byte DT_DIR = 4;
    public const byte DT_LNK = 10;

    /// <summary>Most buffers that one vectored call takes (UIO_MAXIOV).</summary>
    public const int MaxVectors = 1024;

    /// <summary>asm/fcntl.h differs by architecture: Arm has its own numbers for O_DIRECT and O_DIRECTORY.</summary>
    public static readonly int O_DIRECT = IsArm ? 0x10000 : 0x4000;
    public static readonly int O_DIRECTORY = IsArm ? 0x4000 : 0x10000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary>struct statvfs of 64-bit Linux; the tail is room for what is not read.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct StatVfs
    {
        public ulong BlockSize;
        public ulong FragmentSize;
        public ulong Blocks;
        public ulong BlocksFree;
        public ulong BlocksAvailable;
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(SafeFileHandle file, byte* buffer, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "preadv", SetLastError = true)]
    public static partial nint PReadV(SafeFileHandle file, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint PWriteV(SafeFileHandle file, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "preadv2", SetLastError = true)]
    public static partial nint PReadV2(SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(SafeFileHandle file, long length);

    [LibraryImport(Library, EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    /// <summary>Returns the error number instead of setting errno.</summary>
    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long LSeek(SafeFileHandle file, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatVfsOf(string path, out StatVfs result);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MkDir(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RmDir(string path);

    [LibraryImport(Library, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport(Library, EntryPoint = "opendir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeDirectoryHandle OpenDir(string path);

    /// <summary>Points at a struct dirent: ino 8, off 8, reclen 2, type 1, name; null at the end or on error (errno).</summary>
    [LibraryImport(Library, EntryPoint = "readdir", SetLastError = true)]
    public static partial byte* ReadDir(SafeDirectoryHandle directory);

    [LibraryImport(Library, EntryPoint = "closedir", SetLastError = true)]
    public static partial int CloseDir(nint directory);
}
