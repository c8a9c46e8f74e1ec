using ObjectStore.Erasure.Codec.Kernels;

namespace ObjectStore.Erasure.Codec;

/// <summary>
/// Systematic Reed-Solomon over GF(2^8), polynomial 0x11d, Cauchy matrix: any k of the k+m shards give the rest.
/// Pure computation on the caller's buffers: no I/O, no locks, and after the first call of its kind no allocation.
/// Any number of threads may share one instance.
/// </summary>
/// <remarks>
/// It does not know which shard is damaged: blocks are checked by their checksums first, and a bad one counts as missing.
/// Shards 0..k-1 are the data, k..k+m-1 the parity. All shards of a call have the same length, 0 is allowed, no address need
/// be aligned (64 bytes is best). Reading a byte at position p of a shard needs only the bytes at p of the others, so a
/// shard may be coded in pieces.
/// </remarks>
public sealed partial class ReedSolomon
{
    private static readonly CodecProvider Best = new(new CodecOptions());

    private readonly Kernel _kernel;
    private readonly byte[] _parityRows;
    private readonly PreparedMatrix _encode;
    private readonly DecodeCache _decode;

    /// <exception cref="ArgumentException">The scheme is not valid.</exception>
    internal ReedSolomon(Scheme scheme, Kernel kernel)
    {
        if (!scheme.IsValid)
            throw new ArgumentException($"{scheme} is not a scheme: k is at least 1, m at least 0, k + m at most {Scheme.MaxTotalShards}.", nameof(scheme));
        Scheme = scheme;
        _kernel = kernel;
        _parityRows = CodingMatrix.Parity(scheme);
        _encode = new PreparedMatrix(kernel, _parityRows, scheme.ParityShards, scheme.DataShards);
        _decode = new DecodeCache(scheme, kernel);
    }

    /// <summary>The shared codec of a scheme on the best kernel of this processor. <see cref="CodecProvider"/> takes options.</summary>
    /// <exception cref="ArgumentException">The scheme is not valid.</exception>
    public static ReedSolomon For(Scheme scheme) => Best.For(scheme);

    /// <summary>Names of the kernels that this processor can run, fastest first.</summary>
    public static IReadOnlyList<string> SupportedKernels { get; } = [.. KernelCatalog.Supported.Select(kernel => kernel.Name)];

    public Scheme Scheme { get; }

    public string Kernel => _kernel.Name;

    /// <summary>
    /// Computes all parity. Data shard i lies at i × <paramref name="dataStrideBytes"/> of <paramref name="data"/>, parity
    /// shard r at r × <paramref name="parityStrideBytes"/> of <paramref name="parity"/>; the bytes between them are not touched.
    /// </summary>
    /// <param name="dataStrideBytes">At least <paramref name="shardLengthBytes"/>.</param>
    /// <param name="parityStrideBytes">At least <paramref name="shardLengthBytes"/>.</param>
    /// <param name="shardLengthBytes">0 or more.</param>
    /// <exception cref="ArgumentException">A span is too short for its shards, or the two overlap.</exception>
    public unsafe void Encode(
        ReadOnlySpan<byte> data, int dataStrideBytes, Span<byte> parity, int parityStrideBytes, int shardLengthBytes)
    {
        RequireShards(data.Length, Scheme.DataShards, dataStrideBytes, shardLengthBytes, nameof(data));
        RequireShards(parity.Length, Scheme.ParityShards, parityStrideBytes, shardLengthBytes, nameof(parity));
        RequireDisjoint(data, parity);
        if (Scheme.ParityShards == 0 || shardLengthBytes == 0)
            return;

        var inputs = stackalloc byte*[Scheme.DataShards];
        var outputs = stackalloc byte*[Scheme.ParityShards];
        fixed (byte* dataStart = data)
        fixed (byte* parityStart = parity)
        {
            Spread(dataStart, dataStrideBytes, inputs, Scheme.DataShards);
            Spread(parityStart, parityStrideBytes, outputs, Scheme.ParityShards);
            _kernel.Multiply(_encode, inputs, outputs, shardLengthBytes);
        }
    }

    /// <summary>Computes all parity, each shard in a memory of its own.</summary>
    /// <param name="data">k memories of at least <paramref name="shardLengthBytes"/>.</param>
    /// <param name="parity">m memories of at least that; they overlap neither the data nor each other.</param>
    /// <exception cref="ArgumentException">A memory is too short, or their number is wrong.</exception>
    public unsafe void Encode(ReadOnlySpan<ReadOnlyMemory<byte>> data, ReadOnlySpan<Memory<byte>> parity, int shardLengthBytes)
    {
        RequireMemories(data.Length, Scheme.DataShards, nameof(data));
        RequireMemories(parity.Length, Scheme.ParityShards, nameof(parity));
        using var pins = new PinnedShards();
        var inputs = stackalloc byte*[Scheme.DataShards];
        var outputs = stackalloc byte*[Math.Max(1, Scheme.ParityShards)];
        for (var i = 0; i < data.Length; i++)
            inputs[i] = pins.Pin(data[i], shardLengthBytes);
        for (var i = 0; i < parity.Length; i++)
            outputs[i] = pins.Pin(parity[i], shardLengthBytes);
        if (parity.Length > 0 && shardLengthBytes > 0)
            _kernel.Multiply(_encode, inputs, outputs, shardLengthBytes);
    }

    /// <summary>
    /// True when all parity equals what the data give. Where shards lie and the bounds are those of
    /// <see cref="Encode(ReadOnlySpan{byte}, int, Span{byte}, int, int)"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A span is too short for its shards.</exception>
    public unsafe bool Verify(
        ReadOnlySpan<byte> data, int dataStrideBytes, ReadOnlySpan<byte> parity, int parityStrideBytes, int shardLengthBytes)
    {
        RequireShards(data.Length, Scheme.DataShards, dataStrideBytes, shardLengthBytes, nameof(data));
        RequireShards(parity.Length, Scheme.ParityShards, parityStrideBytes, shardLengthBytes, nameof(parity));
        if (Scheme.ParityShards == 0 || shardLengthBytes == 0)
            return true;

        // All parity of a piece at once, on the stack: 128 bytes a shard with 255 parity shards, 4 KiB with up to 8.
        const int scratchBytes = 32 * 1024;
        var pieceBytes = Math.Min(4096, scratchBytes / Scheme.ParityShards & ~63);
        var scratch = stackalloc byte[scratchBytes];
        var inputs = stackalloc byte*[Scheme.DataShards];
        var outputs = stackalloc byte*[Scheme.ParityShards];
        Spread(scratch, pieceBytes, outputs, Scheme.ParityShards);
        fixed (byte* dataStart = data)
        {
            for (var offset = 0; offset < shardLengthBytes; offset += pieceBytes)
            {
                var length = Math.Min(pieceBytes, shardLengthBytes - offset);
                Spread(dataStart + offset, dataStrideBytes, inputs, Scheme.DataShards);
                _kernel.Multiply(_encode, inputs, outputs, length);
                for (var r = 0; r < Scheme.ParityShards; r++)
                {
                    if (!parity.Slice(r * parityStrideBytes + offset, length).SequenceEqual(new ReadOnlySpan<byte>(outputs[r], length)))
                        return false;
                }
            }
        }

        return true;
    }

    private static unsafe void Spread(byte* start, int strideBytes, byte** pointers, int count)
    {
        for (var i = 0; i < count; i++)
            pointers[i] = start + (nint)i * strideBytes;
    }

    private static void RequireShards(int spanBytes, int shards, int strideBytes, int shardLengthBytes, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shardLengthBytes);
        if (shards > 1)
            ArgumentOutOfRangeException.ThrowIfLessThan(strideBytes, shardLengthBytes, name == "data" ? "dataStrideBytes" : "strideBytes");
        if (shards > 0 && (shards - 1L) * strideBytes + shardLengthBytes > spanBytes)
            throw new ArgumentException($"{spanBytes} bytes do not hold {shards} shards of {shardLengthBytes} bytes, {strideBytes} apart.", name);
    }

    private static void RequireDisjoint(ReadOnlySpan<byte> data, ReadOnlySpan<byte> parity)
    {
        if (data.Overlaps(parity))
            throw new ArgumentException("Data and parity overlap.", nameof(parity));
    }

    private static void RequireMemories(int count, int expected, string name)
    {
        if (count != expected)
            throw new ArgumentException($"{count} shards where the scheme has {expected}.", name);
    }
}
