using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>Hash states of one algorithm, which hold native memory, kept for the next body.</summary>
internal sealed class HashPool(HashAlgorithmName algorithm)
{
    private const int MaxKept = 64;

    private readonly ConcurrentBag<IncrementalHash> _kept = [];

    public IncrementalHash Rent() => _kept.TryTake(out var hash) ? hash : IncrementalHash.CreateHash(algorithm);

    public void Return(IncrementalHash hash)
    {
        if (_kept.Count >= MaxKept)
        {
            hash.Dispose();
            return;
        }
        // It may have been left half way.
        Span<byte> discarded = stackalloc byte[64];
        hash.GetHashAndReset(discarded);
        _kept.Add(hash);
    }
}
