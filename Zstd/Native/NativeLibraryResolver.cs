using System.Reflection;
using System.Runtime.InteropServices;

namespace ObjectStore.Zstandard.Native;

/// <summary>Finds the system's libzstd, whose interface has not changed since 1.4.</summary>
internal static class NativeLibraryResolver
{
    public const string LibraryName = "zstd";

    /// <summary>What to do where it is missing.</summary>
    public const string Needed = "Compression needs libzstd 1.4 or newer, of the Debian package libzstd1: 'apt-get install libzstd1'.";

    // The plain name exists only where the development package is installed.
    private static readonly string[] Candidates = ["libzstd.so.1", "libzstd.so", "libzstd.1.dylib"];

    public static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == LibraryName ? Load(Candidates, assembly, path) : 0;

    /// <exception cref="DllNotFoundException">None of them is there.</exception>
    public static nint Load(IEnumerable<string> candidates, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle)) return handle;
        }
        throw new DllNotFoundException($"libzstd.so.1 was not found. {Needed}");
    }
}
