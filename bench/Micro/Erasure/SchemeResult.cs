using ObjectStore.Erasure.Codec;

namespace ObjectStore.Bench.Micro.Erasure;

/// <summary>Rates are in GB (10^9 bytes) of data in per second on one core: medians over the rounds.</summary>
internal sealed record KernelResult(string Name, double EncodeGbps, double ReconstructGbps);

/// <param name="IsalGbps">Null where the library is not installed.</param>
internal sealed record SchemeResult(Scheme Scheme, IReadOnlyList<KernelResult> Kernels, double? IsalGbps, double MemcpyGbps);
