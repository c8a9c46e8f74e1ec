using ObjectStore.Zstandard.Native;

namespace ObjectStore.Zstandard;

/// <summary>Opens frames. Not for use by several threads at once. Rent it from <see cref="ZstdContexts"/>.</summary>
public sealed class ZstdDecompressor : IDisposable
{
    private readonly DecompressorHandle _context = new();

    internal ZstdDecompressor()
    {
    }

    /// <summary>Fills <paramref name="destination"/> exactly, and never writes behind it, whatever the frame says.</summary>
    /// <exception cref="ZstdException">It is no whole frame, or one of another length: what the destination holds is undefined.</exception>
    public unsafe void Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        nuint result;
        fixed (byte* from = source)
        fixed (byte* to = destination)
            result = NativeMethods.ZSTD_decompressDCtx(_context, to, (nuint)destination.Length, from, (nuint)source.Length);
        if (NativeMethods.ZSTD_isError(result) != 0) throw ZstdException.Of(result);
        if (result != (nuint)destination.Length) throw new ZstdException($"zstd: {result} bytes where {destination.Length} were expected.");
    }

    public void Dispose() => _context.Dispose();
}
