using System.Collections.Concurrent;
using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Codec;

/// <summary>The codecs of a process: one kernel, one <see cref="ReedSolomon"/> a scheme. Any thread may call.</summary>
public sealed class CodecProvider
{
    // A store uses a handful of schemes; beyond this many a codec is built for each call instead of kept.
    private const int MaxCached = 256;

    private readonly ConcurrentDictionary<Scheme, ReedSolomon> _codecs = new();
    private readonly Kernel _kernel;

    /// <exception cref="ArgumentException">The kernel that the options name is not available here.</exception>
    public CodecProvider(CodecOptions options)
        : this(KernelCatalog.Choose(options))
    {
    }

    internal CodecProvider(Kernel kernel) => _kernel = kernel;

    /// <summary>The name of the kernel that was chosen.</summary>
    public string Kernel => _kernel.Name;

    /// <exception cref="ArgumentException">The scheme is not valid.</exception>
    public ReedSolomon For(Scheme scheme)
    {
        if (_codecs.TryGetValue(scheme, out var codec))
            return codec;
        var created = new ReedSolomon(scheme, _kernel);
        return _codecs.Count < MaxCached ? _codecs.GetOrAdd(scheme, created) : created;
    }
}
