using System.Runtime.InteropServices;

namespace ObjectStore.Server.Composition;

/// <summary>Settings of the C library's allocator, which RocksDB's memtables, blocks and iterators come from.</summary>
internal static partial class NativeMemory
{
    /// <summary>M_ARENA_MAX of malloc.h (glibc).</summary>
    private const int ArenaMax = -8;

    /// <summary>M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.</summary>
    private const int MmapThreshold = -3;
    private const int TrimThreshold = -1;

    /// <summary>From here on a block is a mapping of its own, which goes back to the system when it is freed: RocksDB's memtables grow by such blocks.</summary>
    private const int MappedFromBytes = 256 * 1024;

    /// <summary>Free bytes at the end of a heap that are kept.</summary>
    private const int KeptBytes = 1024 * 1024;

    /// <summary>
    /// Keeps threads from having a heap each. By default glibc makes eight a processor, and what one thread frees there
    /// is of no use to another: under small puts most of the process was such holes. And keeps memtables out of these heaps:
    /// by default the first one that is freed raises the bound up to which blocks come from there, to 32 MiB. After 400,000 puts of
    /// 4 KiB the process was 390 MiB without that and 300 MiB with it. Call before other threads start.
    /// </summary>
    public static void Configure()
    {
        try
        {
            // A refusal leaves the default, which is only larger.
            _ = SetOption(ArenaMax, Math.Clamp(Environment.ProcessorCount, 2, 8));
            _ = SetOption(MmapThreshold, MappedFromBytes);
            _ = SetOption(TrimThreshold, KeptBytes);
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
