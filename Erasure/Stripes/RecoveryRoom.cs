namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// A place for each shard of a group that is being rebuilt. It comes from the pool, or when that is used up from a
/// small reserve: a reader that already holds buffers must not wait for the pool, or all readers could wait for one another.
/// </summary>
internal sealed class RecoveryRoom(SharedBuffer buffer, int strideBytes)
{
    public SharedBuffer Buffer => buffer;

    public Memory<byte> Of(int shard) => buffer.Memory.Slice(shard * strideBytes, strideBytes);

    public void Release() => buffer.Release();

    /// <summary>Null if the pool has no room now.</summary>
    public static RecoveryRoom? TryRent(BlobStoreContext context, int shards, int pieceBytes)
    {
        var stride = Stride(pieceBytes);
        return context.Pool.TryRent(shards * stride) is { } owner ? new RecoveryRoom(new SharedBuffer(owner), stride) : null;
    }

    public static async ValueTask<RecoveryRoom> RentAsync(BlobStoreContext context, int shards, int pieceBytes, CancellationToken ct)
    {
        if (TryRent(context, shards, pieceBytes) is { } room)
            return room;
        var stride = Stride(pieceBytes);
        return new RecoveryRoom(new SharedBuffer(await context.Reserve.TakeAsync(shards * stride, ct)), stride);
    }

    /// <summary>Waits for room in the pool. Only for who holds none of it.</summary>
    public static async ValueTask<RecoveryRoom> WaitForAsync(BlobStoreContext context, int shards, int pieceBytes, CancellationToken ct)
    {
        var stride = Stride(pieceBytes);
        return new RecoveryRoom(new SharedBuffer(await context.Pool.RentAsync(shards * stride, ct)), stride);
    }

    private static int Stride(int pieceBytes) => (pieceBytes + 4095) & ~4095;
}
