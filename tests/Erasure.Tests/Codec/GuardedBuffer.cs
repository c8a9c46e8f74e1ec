using System.Runtime.InteropServices;

namespace ObjectStore.Erasure.Tests.Codec;

/// <summary>
/// Memory between two pages that may not be touched: a read or write one byte before its start or after its end kills the process.
/// <code>| forbidden page | usable pages | forbidden page |</code>
/// </summary>
internal sealed unsafe partial class GuardedBuffer : IDisposable
{
    private const int ReadWrite = 3;
    private const int Forbidden = 0;
    private const int PrivateAnonymousLinux = 0x22;
    private const int PrivateAnonymousMac = 0x1002;

    private readonly nint _mapping;
    private readonly nuint _mappingBytes;
    private readonly int _usableBytes;

    public GuardedBuffer(int minUsableBytes)
    {
        var page = Environment.SystemPageSize;
        _usableBytes = (minUsableBytes + page - 1) / page * page;
        _mappingBytes = (nuint)(_usableBytes + 2 * page);
        _mapping = Map(0, _mappingBytes, ReadWrite, OperatingSystem.IsMacOS() ? PrivateAnonymousMac : PrivateAnonymousLinux, -1, 0);
        if (_mapping == -1)
            throw new InvalidOperationException($"mmap: errno {Marshal.GetLastPInvokeError()}");
        Forbid(_mapping, page);
        Forbid(_mapping + page + _usableBytes, page);
    }

    /// <summary>The bytes right before the second forbidden page.</summary>
    public byte* AtEnd(int lengthBytes) => Start + _usableBytes - lengthBytes;

    /// <summary>The first byte after the first forbidden page.</summary>
    public byte* Start => (byte*)_mapping + Environment.SystemPageSize;

    public void Dispose()
    {
        if (Unmap(_mapping, _mappingBytes) != 0)
            throw new InvalidOperationException($"munmap: errno {Marshal.GetLastPInvokeError()}");
    }

    private static void Forbid(nint page, int bytes)
    {
        if (Protect(page, (nuint)bytes, Forbidden) != 0)
            throw new InvalidOperationException($"mprotect: errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint lengthBytes, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint lengthBytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint lengthBytes);
}
