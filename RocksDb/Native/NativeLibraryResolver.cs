using System.Reflection;
using System.Runtime.InteropServices;

namespace ObjectStore.Rocks.Native;

/// <summary>Finds the system's librocksdb under the names that distributions give it.</summary>
internal static class NativeLibraryResolver
{
    public const string LibraryName = "rocksdb";

    // The plain name exists only where the development package is installed.
    private static readonly string[] Candidates =
    [
        "librocksdb.so.7.8", "librocksdb.so.7.9", "librocksdb.so.7.10", "librocksdb.so.7",
        "librocksdb.so.8.9", "librocksdb.so.8.10", "librocksdb.so.8.11", "librocksdb.so.8",
        "librocksdb.so.9.10", "librocksdb.so.9.11", "librocksdb.so.9", "librocksdb.so", "librocksdb.dylib",
    ];

    public static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != LibraryName) return 0;
        return Load(Candidates, assembly, path);
    }

    /// <summary>Whether the library that is in use has a call that only newer versions have.</summary>
    public static bool HasExport(string function)
    {
        var assembly = typeof(NativeLibraryResolver).Assembly;
        return NativeLibrary.TryGetExport(Load(Candidates, assembly, path: null), function, out _);
    }

    public static nint Load(IEnumerable<string> candidates, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (var candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var handle)) return handle;
        }
        throw new DllNotFoundException(
            "librocksdb 7.8 or newer was not found. Install the package that has it: " +
            "'apt-get install librocksdb7.8' on Debian 12, 'librocksdb8.9' or 'librocksdb9.10' on newer releases.");
    }
}
