using System.Buffers;

namespace ObjectStore.Storage.Buffers;

public sealed class AlignedBufferPool(long maxBytes) : IBufferPool, IDisposable
{
    public long MaxBytes { get; } = maxBytes;
    public IMemoryOwner<byte>? TryRent(int lengthBytes) => throw new NotImplementedException();
    public ValueTask<IMemoryOwner<byte>> RentAsync(int lengthBytes, CancellationToken ct) => throw new NotImplementedException();
    public void Dispose() => throw new NotImplementedException();
}
