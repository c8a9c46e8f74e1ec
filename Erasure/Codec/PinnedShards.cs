using System.Buffers;
using System.Runtime.CompilerServices;

namespace ObjectStore.Erasure.Codec;

/// <summary>Pins the memories of one call, on the stack.</summary>
internal ref struct PinnedShards
{
    private Handles _handles;
    private int _count;

    /// <exception cref="ArgumentException">The memory is shorter than the shard.</exception>
    public unsafe byte* Pin(ReadOnlyMemory<byte> memory, int shardLengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shardLengthBytes);
        if (memory.Length < shardLengthBytes)
            throw new ArgumentException($"A memory of {memory.Length} bytes does not hold a shard of {shardLengthBytes}.", nameof(memory));
        var handle = memory.Pin();
        _handles[_count++] = handle;
        return (byte*)handle.Pointer;
    }

    public void Dispose()
    {
        for (; _count > 0; _count--)
            _handles[_count - 1].Dispose();
    }

    [InlineArray(Scheme.MaxTotalShards)]
    private struct Handles
    {
        private MemoryHandle _first;
    }
}
