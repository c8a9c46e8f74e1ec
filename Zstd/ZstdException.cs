using System.Runtime.InteropServices;
using ObjectStore.Zstandard.Native;

namespace ObjectStore.Zstandard;

/// <summary>The library refused what it was given: bytes that are no frame, or a level that there is not. Trying again gives the same.</summary>
public sealed class ZstdException : IOException
{
    public ZstdException(string message) : base(message)
    {
    }

    internal static ZstdException Of(nuint result) =>
        new($"zstd: {Marshal.PtrToStringUTF8(NativeMethods.ZSTD_getErrorName(result))}");
}
