using System.Security.Cryptography;

namespace ObjectStore.Server.Objects.Digests;

/// <summary>MD5 on the caller's thread, one body at a time.</summary>
internal sealed class ScalarMd5Service : IMd5Service
{
    private readonly HashPool _pool = new(HashAlgorithmName.MD5);

    public IMd5 Begin() => new ScalarMd5(_pool);

    private sealed class ScalarMd5(HashPool pool) : IMd5
    {
        private IncrementalHash? _hash = pool.Rent();

        public ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
        {
            _hash!.AppendData(data.Span);
            return ValueTask.CompletedTask;
        }

        public ValueTask FinishAsync(Memory<byte> digest, CancellationToken ct)
        {
            _hash!.GetHashAndReset(digest.Span);
            return ValueTask.CompletedTask;
        }

        public void Dispose()
        {
            if (_hash is null) return;
            pool.Return(_hash);
            _hash = null;
        }
    }
}
