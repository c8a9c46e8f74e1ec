using System.Runtime.InteropServices;

namespace ObjectStore.Storage.IO;

/// <summary>Linux error numbers in use (asm-generic/errno.h; equal on x64 and Arm64).</summary>
public static class Errno
{
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EPERM = 1;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ENOSYS = 38;
    public const int ENOTEMPTY = 39;
    public const int ENODATA = 61;
    public const int EBADMSG = 74;
    public const int EOPNOTSUPP = 95;
    public const int ESTALE = 116;
    public const int EUCLEAN = 117;
    public const int EREMOTEIO = 121;
    public const int EDQUOT = 122;

    public static FileFault ToFault(int errno) => errno switch
    {
        EIO or ENXIO or ENODEV or ENODATA or EBADMSG or ESTALE or EUCLEAN or EREMOTEIO => FileFault.Io,
        ENOSPC or EDQUOT => FileFault.NoSpace,
        EROFS => FileFault.ReadOnly,
        ENOENT or ENOTDIR => FileFault.NotFound,
        EEXIST => FileFault.Exists,
        EACCES or EPERM => FileFault.AccessDenied,
        ENOTEMPTY => FileFault.NotEmpty,
        ENFILE or EMFILE => FileFault.TooManyFiles,
        EINVAL or ENOSYS or EOPNOTSUPP => FileFault.NotSupported,
        _ => FileFault.Other,
    };

    internal static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
