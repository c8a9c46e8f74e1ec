using System.Runtime.InteropServices;
using ObjectStore.Rocks.Native;

namespace ObjectStore.Rocks;

/// <summary>RocksDB refused or failed; the message is its own. Not worth a retry: it is an I/O error, damage or misuse.</summary>
public sealed class RocksDbException(string message) : Exception(message)
{
    /// <summary>Whether RocksDB found damaged files.</summary>
    public bool IsCorruption => Message.StartsWith("Corruption", StringComparison.Ordinal);

    /// <summary>Whether a read that was held to <see cref="ReadTier.BlockCache"/> did not find its answer in memory.</summary>
    public bool IsIncomplete => Message.StartsWith("Result incomplete", StringComparison.Ordinal);

    internal static void ThrowIfSet(nint error)
    {
        if (error != 0) Throw(error);
    }

    private static void Throw(nint error)
    {
        var message = Marshal.PtrToStringUTF8(error) ?? "unknown error";
        NativeMethods.rocksdb_free(error);
        throw new RocksDbException(message);
    }
}
