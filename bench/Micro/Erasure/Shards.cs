using System.Runtime.InteropServices;

namespace ObjectStore.Bench.Micro.Erasure;

/// <summary>The buffers of one scheme: native memory, aligned to pages, filled with random bytes.</summary>
internal sealed unsafe class Shards : IDisposable
{
    private const int PageBytes = 4096;

    private readonly byte* _start;

    public Shards(int count, int blockSizeBytes, int strideBytes)
    {
        StrideBytes = strideBytes;
        BlockSizeBytes = blockSizeBytes;
        LengthBytes = checked(count * strideBytes);
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)LengthBytes, PageBytes);
        new Random(1).NextBytes(new Span<byte>(_start, LengthBytes));
        Pointers = (byte**)NativeMemory.Alloc((nuint)count, (nuint)sizeof(byte*));
        for (var i = 0; i < count; i++)
            Pointers[i] = _start + (nint)i * strideBytes;
    }

    public int BlockSizeBytes { get; }

    public int StrideBytes { get; }

    public int LengthBytes { get; }

    public byte** Pointers { get; }

    public Span<byte> All => new(_start, LengthBytes);

    public Span<byte> Range(int firstShard, int count) => All.Slice(firstShard * StrideBytes, count * StrideBytes);

    public void Dispose()
    {
        NativeMemory.Free(Pointers);
        NativeMemory.AlignedFree(_start);
    }
}
