using ObjectStore.Zstandard;

namespace ObjectStore.Server.Objects;

/// <summary>What compression and decompression of all requests share, and what has come of it since the start.</summary>
/// <param name="frameBytes">Of contents that are written; those that are read say theirs.</param>
/// <param name="findProblem">Why there is no Zstandard here; null is that of the library.</param>
internal sealed class ContentCompression(int frameBytes = FrameFormat.FrameBytes, Func<string?>? findProblem = null)
{
    private long _compressed;
    private long _leftPlain;
    private long _plainBytes;
    private long _storedBytes;

    public int FrameBytes => frameBytes;

    public ZstdContexts Contexts { get; } = new(findProblem: findProblem);

    /// <summary>Bodies that were stored compressed.</summary>
    public long Compressed => Interlocked.Read(ref _compressed);

    /// <summary>Bodies that were to be compressed, and do not shrink.</summary>
    public long LeftPlain => Interlocked.Read(ref _leftPlain);

    /// <summary>What clients sent of those that were compressed.</summary>
    public long PlainBytes => Interlocked.Read(ref _plainBytes);

    /// <summary>What became of it, before encryption and parity.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    public void CountLeftPlain() => Interlocked.Increment(ref _leftPlain);

    public void CountCompressed(long plainBytes, long storedBytes)
    {
        Interlocked.Increment(ref _compressed);
        Interlocked.Add(ref _plainBytes, plainBytes);
        Interlocked.Add(ref _storedBytes, storedBytes);
    }
}
