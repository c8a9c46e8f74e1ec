using System.Runtime.Intrinsics;

namespace ObjectStore.Erasure.Codec.Kernels;

/// <summary>All kernels, fastest first, and the choice among them.</summary>
internal static class KernelCatalog
{
    public static readonly NaiveKernel Oracle = new();

    private static readonly Kernel[] FastestFirst =
    [
        new VectorKernel<Gfni512, Vector512<byte>, Vector512<byte>, Vector512<byte>>(),
        new VectorKernel<Avx512Tables, Vector512<byte>, Avx512Tables.Nibbles, Avx512Tables.Tables>(),
        new VectorKernel<Gfni256, Vector256<byte>, Vector256<byte>, Vector256<byte>>(),
        new VectorKernel<Avx2Tables, Vector256<byte>, Avx2Tables.Nibbles, Avx2Tables.Tables>(),
        new VectorKernel<Vector128Tables, Vector128<byte>, Vector128Tables.Nibbles, Vector128Tables.Tables>(),
        new ScalarTablesKernel(),
        Oracle,
    ];

    public static IEnumerable<Kernel> All => FastestFirst;

    public static IEnumerable<Kernel> Supported => FastestFirst.Where(kernel => kernel.IsSupported);

    /// <exception cref="ArgumentException">The named kernel does not exist, or this processor lacks it.</exception>
    public static Kernel Choose(CodecOptions options)
    {
        if (options.Kernel is { } name)
            return Supported.FirstOrDefault(kernel => Named(kernel, name))
                ?? throw new ArgumentException(
                    $"The erasure kernel '{name}' is not available on this processor; there are: {string.Join(", ", Supported.Select(kernel => kernel.Name))}.",
                    nameof(options));

        return Supported.FirstOrDefault(kernel => !options.DisabledKernels.Any(disabled => Named(kernel, disabled)))
            ?? throw new ArgumentException("All erasure kernels are disabled.", nameof(options));
    }

    private static bool Named(Kernel kernel, string name) => kernel.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
