using System.Buffers;

namespace ObjectStore.Storage.Buffers;

/// <summary>
/// Bounded buffers of native memory, aligned to 4 KiB so that they fit direct I/O. The memory of an owner may be
/// longer than asked for (its size class), is not cleared, and goes back by Dispose, exactly once.
/// </summary>
public interface IBufferPool
{
    /// <summary>A buffer of at least <paramref name="lengthBytes"/>, or null if the pool's bound is reached.</summary>
    IMemoryOwner<byte>? TryRent(int lengthBytes);

    /// <summary>Waits, in order of arrival, until there is room.</summary>
    ValueTask<IMemoryOwner<byte>> RentAsync(int lengthBytes, CancellationToken ct);
}
