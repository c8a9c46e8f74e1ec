using ObjectStore.Zstandard.Native;

namespace ObjectStore.Zstandard;

/// <summary>Compresses pieces, each a frame of its own that says how long it was. Not for use by several threads at once. Rent it from <see cref="ZstdContexts"/>.</summary>
public sealed class ZstdCompressor : IDisposable
{
    public const int MinLevel = 1;

    /// <summary>Beyond it a level costs more memory and time than pieces of some hundred KiB can gain.</summary>
    public const int MaxLevel = 12;

    private readonly CompressorHandle _context = new();
    private int _level;

    internal ZstdCompressor()
    {
    }

    internal void SetLevel(int level)
    {
        if (level == _level) return;
        var result = NativeMethods.ZSTD_CCtx_setParameter(_context, NativeMethods.CompressionLevel, level);
        if (NativeMethods.ZSTD_isError(result) != 0) throw ZstdException.Of(result);
        _level = level;
    }

    /// <summary>The frame's length, or 0 if it does not fit into <paramref name="destination"/>, which is undefined then.</summary>
    /// <exception cref="ZstdException">The library failed.</exception>
    public unsafe int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        nuint result;
        fixed (byte* from = source)
        fixed (byte* to = destination)
            result = NativeMethods.ZSTD_compress2(_context, to, (nuint)destination.Length, from, (nuint)source.Length);
        if (NativeMethods.ZSTD_isError(result) == 0) return (int)result;
        return NativeMethods.ZSTD_getErrorCode(result) == NativeMethods.DestinationTooSmall ? 0 : throw ZstdException.Of(result);
    }

    public void Dispose() => _context.Dispose();
}
