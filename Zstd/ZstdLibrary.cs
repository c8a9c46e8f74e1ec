using ObjectStore.Zstandard.Native;

namespace ObjectStore.Zstandard;

/// <summary>The system's libzstd, which is loaded when it is first used and may come or go with a package.</summary>
public static class ZstdLibrary
{
    /// <summary>1.4.0, whose interface is in use.</summary>
    private const uint OldestVersion = 10_400;

    /// <summary>Why nothing can be compressed or opened here, with what to do about it; null if it can. Costs one call once the library is loaded.</summary>
    public static string? FindProblem()
    {
        try
        {
            return NativeMethods.ZSTD_versionNumber() is var version and < OldestVersion ? $"libzstd is of version {version / 10_000}.{version / 100 % 100}. {NativeLibraryResolver.Needed}" : null;
        }
        catch (DllNotFoundException e)
        {
            return e.Message;
        }
    }
}

/// <summary>Nothing can be compressed or opened, as the library is not there. When it has been installed the same call succeeds, without a restart.</summary>
public sealed class ZstdMissingException(string message) : IOException(message);
