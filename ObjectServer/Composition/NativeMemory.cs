using System.Runtime.InteropServices;

namespace ObjectStore.Server.Composition;

/// <summary>Settings of the C library's allocator, which RocksDB's memtables, blocks and iterators come from.</summary>
internal static partial class NativeMemory
{
    /// <summary>M_ARENA_MAX of malloc.h (glibc).</summary>
    private const int ArenaMax = -8;

    /// <summary>
    /// Keeps threads from having a heap each. By default glibc makes eight a processor, and what one thread frees there
    /// is of no use to another: under small puts most of the process was such holes. Call before other threads start.
    /// </summary>
    public static void LimitArenas()
    {
        try
        {
            // A refusal leaves the default, which is only larger.
            _ = SetOption(ArenaMax, Math.Clamp(Environment.ProcessorCount, 2, 8));
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc: it has no arenas to limit.
            return;
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
