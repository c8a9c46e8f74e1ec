using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace ObjectStore.Zstandard.Native;

/// <summary>The calls of zstd.h that are in use, and no others. All are of its stable interface. Lengths are size_t; so are results, which may be an error instead.</summary>
[SuppressMessage("Style", "IDE1006", Justification = "The names are those of the C API.")]
internal static unsafe partial class NativeMethods
{
    /// <summary>ZSTD_c_compressionLevel.</summary>
    public const int CompressionLevel = 100;

    /// <summary>ZSTD_error_dstSize_tooSmall.</summary>
    public const int DestinationTooSmall = 70;

    private const string Lib = NativeLibraryResolver.LibraryName;

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, NativeLibraryResolver.Resolve);

    [LibraryImport(Lib)] public static partial uint ZSTD_versionNumber();
    [LibraryImport(Lib)] public static partial uint ZSTD_isError(nuint result);
    [LibraryImport(Lib)] public static partial int ZSTD_getErrorCode(nuint result);
    [LibraryImport(Lib)] public static partial nint ZSTD_getErrorName(nuint result);
    [LibraryImport(Lib)] public static partial int ZSTD_maxCLevel();

    [LibraryImport(Lib)] public static partial nint ZSTD_createCCtx();
    [LibraryImport(Lib)] public static partial nuint ZSTD_freeCCtx(nint context);
    [LibraryImport(Lib)] public static partial nuint ZSTD_CCtx_setParameter(CompressorHandle context, int parameter, int value);
    [LibraryImport(Lib)] public static partial nuint ZSTD_compress2(CompressorHandle context, byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(Lib)] public static partial nint ZSTD_createDCtx();
    [LibraryImport(Lib)] public static partial nuint ZSTD_freeDCtx(nint context);
    [LibraryImport(Lib)] public static partial nuint ZSTD_decompressDCtx(DecompressorHandle context, byte* destination, nuint capacity, byte* source, nuint length);
}
