using System.Collections.Concurrent;

namespace ObjectStore.Zstandard;

/// <summary>
/// Contexts that are used again: making one costs hundreds of KiB of native memory, which a request would else pay for. As many are kept as
/// were used at once, up to a bound. Dispose it when nothing is rented.
/// </summary>
/// <param name="maxIdle">Of each kind; what is returned beyond it is freed.</param>
/// <param name="findProblem">Asked before each use; null is <see cref="ZstdLibrary.FindProblem"/>. Tests say that there is no library.</param>
public sealed class ZstdContexts(int maxIdle = ZstdContexts.DefaultMaxIdle, Func<string?>? findProblem = null) : IDisposable
{
    /// <summary>A compressor of pieces of 64 KiB holds 300 KiB at level 1 and 1.3 MiB at level 12, a decompressor 94 KiB: 12 to 45 MiB stay at most.</summary>
    public const int DefaultMaxIdle = 32;

    private readonly ConcurrentBag<ZstdCompressor> _compressors = [];
    private readonly ConcurrentBag<ZstdDecompressor> _decompressors = [];
    private readonly Func<string?> _findProblem = findProblem ?? ZstdLibrary.FindProblem;
    private int _rented;

    /// <summary>Contexts that were not returned yet.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Why nothing can be rented; null if something can.</summary>
    public string? FindProblem() => _findProblem();

    /// <param name="level">1 to 12.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such level.</exception>
    /// <exception cref="ZstdMissingException">The library is not installed.</exception>
    public ZstdCompressor RentCompressor(int level)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, ZstdCompressor.MinLevel);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, ZstdCompressor.MaxLevel);
        ThrowIfMissing();
        var compressor = _compressors.TryTake(out var idle) ? idle : new ZstdCompressor();
        compressor.SetLevel(level);
        Interlocked.Increment(ref _rented);
        return compressor;
    }

    /// <exception cref="ZstdMissingException">The library is not installed.</exception>
    public ZstdDecompressor RentDecompressor()
    {
        ThrowIfMissing();
        var decompressor = _decompressors.TryTake(out var idle) ? idle : new ZstdDecompressor();
        Interlocked.Increment(ref _rented);
        return decompressor;
    }

    /// <summary>Exactly once, and never while it is in use.</summary>
    public void Return(ZstdCompressor compressor)
    {
        Interlocked.Decrement(ref _rented);
        if (_compressors.Count < maxIdle) _compressors.Add(compressor);
        else compressor.Dispose();
    }

    /// <inheritdoc cref="Return(ZstdCompressor)"/>
    public void Return(ZstdDecompressor decompressor)
    {
        Interlocked.Decrement(ref _rented);
        if (_decompressors.Count < maxIdle) _decompressors.Add(decompressor);
        else decompressor.Dispose();
    }

    public void Dispose()
    {
        while (_compressors.TryTake(out var compressor)) compressor.Dispose();
        while (_decompressors.TryTake(out var decompressor)) decompressor.Dispose();
    }

    private void ThrowIfMissing()
    {
        if (_findProblem() is { } problem) throw new ZstdMissingException(problem);
    }
}
