namespace ObjectStore.Storage.IO;

/// <summary>What kind of failure it was, as far as a caller would act on it.</summary>
public enum FileFault
{
    /// <summary>Anything not named below. See the errno.</summary>
    Other,

    /// <summary>The device failed (EIO and its kin). Do not retry on this device.</summary>
    Io,

    /// <summary>No space, or over quota. Works again when space is freed.</summary>
    NoSpace,

    /// <summary>The file system is, or has been made, read-only.</summary>
    ReadOnly,

    NotFound,
    Exists,
    AccessDenied,
    NotEmpty,

    /// <summary>Too many open files.</summary>
    TooManyFiles,

    /// <summary>The file system or kernel has no such call, or refuses these arguments.</summary>
    NotSupported,
}

/// <summary>A system call failed. The only exception that <see cref="IFileSystem"/> and <see cref="IFile"/> throw for faults.</summary>
public sealed class FileSystemException(FileFault fault, int errno, string operation, string path, string? detail = null)
    : IOException($"{operation} failed on '{path}': {detail ?? Errno.Describe(errno)} (errno {errno})")
{
    public FileFault Fault { get; } = fault;

    public int ErrorNumber { get; } = errno;

    public string Operation { get; } = operation;

    public string Path { get; } = path;

    public static FileSystemException FromErrno(int errno, string operation, string path) =>
        new(Errno.ToFault(errno), errno, operation, path);
}
