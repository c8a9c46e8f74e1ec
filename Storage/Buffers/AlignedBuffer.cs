using System.Buffers;
using System.Runtime.InteropServices;
using ObjectStore.Storage.IO;

namespace ObjectStore.Storage.Buffers;

/// <summary>Native memory at a multiple of 4 KiB, which never moves. With a pool it goes back there, else it is freed.</summary>
public sealed unsafe class AlignedBuffer : MemoryManager<byte>
{
    private readonly AlignedBufferPool? _pool;
    private byte* _start;
    private int _rented = 1;

    /// <summary>Memory of its own, freed by Dispose.</summary>
    public AlignedBuffer(int lengthBytes) : this(null, lengthBytes)
    {
    }

    internal AlignedBuffer(AlignedBufferPool? pool, int capacity)
    {
        _pool = pool;
        Capacity = capacity;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, IoAlignment.Bytes);
    }

    public int Capacity { get; }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _rented) == 0, this);
        return new Span<byte>(_start, Capacity);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _rented) == 0, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Capacity);
        return new MemoryHandle(_start + elementIndex);
    }

    public override void Unpin()
    {
    }

    internal void MarkRented() => _rented = 1;

    internal void Free()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }

    /// <exception cref="InvalidOperationException">Disposed twice: someone else may hold the memory by now.</exception>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        if (Interlocked.Exchange(ref _rented, 0) == 0) throw new InvalidOperationException("A buffer was returned twice.");
        if (_pool is null) Free();
        else _pool.Return(this);
    }
}
