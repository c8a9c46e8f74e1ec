using System.Runtime.InteropServices;

namespace ObjectStore.Bench.Micro.Erasure;

/// <summary>
/// Intel's ISA-L, the yardstick: Debian's libisal2. Its ec_encode_data picks the best of its own kernels for the processor.
/// It uses the same field, so it must give the same parity for the same matrix.
/// </summary>
internal static unsafe partial class Isal
{
    private const string Library = "libisal.so.2";

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Expands a rows × k matrix into tables of 32 × k × rows bytes.</summary>
    [LibraryImport(Library, EntryPoint = "ec_init_tables")]
    public static partial void InitTables(int k, int rows, byte* matrix, byte* tables);

    [LibraryImport(Library, EntryPoint = "ec_encode_data")]
    public static partial void EncodeData(int lengthBytes, int k, int rows, byte* tables, byte** data, byte** coding);
}
