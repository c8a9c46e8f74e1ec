namespace ObjectStore.Erasure.Codec;

/// <summary>Which kernel the codec uses. The default is the fastest that the processor has.</summary>
public sealed record CodecOptions
{
    /// <summary>
    /// Name of the kernel to use, whatever is faster: one of <see cref="ReedSolomon.SupportedKernels"/>. Null picks the best.
    /// </summary>
    public string? Kernel { get; init; }

    /// <summary>Kernels that are never picked by themselves, for a processor on which one of them is slow or wrong.</summary>
    public IReadOnlyCollection<string> DisabledKernels { get; init; } = [];
}
