using System.Reflection;
using System.Runtime.InteropServices;

namespace ObjectStore.Zstandard.Native;

/// <summary>Finds the system's libzstd, whose interface has not changed since 1.4.</summary>
internal static class NativeLibraryResolver
{
    public const string LibraryName = "zstd";

    // The plain name exists only where the development package is installed.
    private static readonly string[] Candidates = ["libzstd.so.1", "libzstd.so", "libzstd.1.dylib"];

    public static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != LibraryName) return 0;
        foreach (var candidate in Candidates)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle)) return handle;
        }
        throw new DllNotFoundException("libzstd 1.4 or newer was not found. Install the package that has it: 'apt-get install libzstd1'.");
    }
}
