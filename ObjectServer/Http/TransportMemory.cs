using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace ObjectStore.Server.Http;

/// <summary>
/// The blocks that Kestrel receives into and sends from. Its own have 4 KiB, and a socket is read a block at a time: that
/// is 256 system calls for a MiB of an upload, and as many wake-ups of its reader.
/// </summary>
internal sealed class TransportMemory : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>Measured: beyond this the system calls no longer show, and each request in flight holds at least one block.</summary>
    public const int BlockBytes = 32 * 1024;

    /// <summary>What is kept for the next requests; a burst's blocks beyond it go back to the garbage collector.</summary>
    public const int MaxKeptBlocks = 1024;

    private readonly Lock _gate = new();
    private readonly Stack<Block> _free = new();

    public override int MaxBufferSize => BlockBytes;

    internal int KeptBlocks
    {
        get { lock (_gate) return _free.Count; }
    }

    /// <summary>One pool for all listeners: every caller gets this.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <summary>The block that was returned last comes first: it is the likeliest to be in the processor's cache.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaxBufferSize"/>.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        Block? block;
        lock (_gate) _free.TryPop(out block);
        block ??= new Block(this);
        block.Begin();
        return block;
    }

    /// <summary>Listeners dispose what the factory gave them; the others still use it.</summary>
    protected override void Dispose(bool disposing)
    {
        // Nothing is held but memory.
    }

    private void Return(Block block)
    {
        lock (_gate)
        {
            if (_free.Count < MaxKeptBlocks) _free.Push(block);
        }
    }

    /// <summary>Pinned for good: the kernel writes to it while nobody looks.</summary>
    private sealed class Block(TransportMemory pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
        private int _rented;

        public Memory<byte> Memory => MemoryMarshal.CreateFromPinnedArray(_bytes, 0, BlockBytes);

        public void Begin() => Volatile.Write(ref _rented, 1);

        public void Dispose()
        {
            // Given back twice, it would be two owners' at once.
            if (Interlocked.Exchange(ref _rented, 0) == 1) pool.Return(this);
        }
    }
}
