using System.Buffers;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// Memory outside of the pool for a few rebuilds at a time. Who holds a piece of it needs no other buffer to finish,
/// so those who wait for it always get it.
/// </summary>
internal sealed class RecoveryReserve(int maxTaken)
{
    private readonly SemaphoreSlim _free = new(maxTaken);

    public async ValueTask<IMemoryOwner<byte>> TakeAsync(int lengthBytes, CancellationToken ct)
    {
        await _free.WaitAsync(ct);
        return new Piece(_free, GC.AllocateUninitializedArray<byte>(lengthBytes));
    }

    private sealed class Piece(SemaphoreSlim free, byte[] bytes) : IMemoryOwner<byte>
    {
        private int _isReturned;

        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
                free.Release();
        }
    }
}
