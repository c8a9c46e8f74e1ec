using System.Buffers;

namespace ObjectStore.Erasure.Stripes;

/// <summary>
/// A rented buffer with several users: its owner, and each drive operation that still reads or writes it. It goes
/// back to its pool when the last lets go, so a drive that hangs never touches memory that is somebody else's by then.
/// </summary>
internal sealed class SharedBuffer(IMemoryOwner<byte> owner)
{
    private int _references = 1;

    public Memory<byte> Memory => owner.Memory;

    /// <summary>Nobody but the caller uses it, so it may be filled again.</summary>
    public bool IsSoleReference => Volatile.Read(ref _references) == 1;

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
            owner.Dispose();
        else if (left < 0)
            throw new InvalidOperationException("A buffer was released more often than it was retained.");
    }
}
