namespace ObjectStore.Server.Objects;

internal sealed record ObjectServiceOptions
{
    /// <summary>Objects up to this length lie in the metadata. At most 64 KiB.</summary>
    public int InlineLimitBytes { get; init; } = 16 * 1024;

    /// <summary>Least length of a part other than the last. Tests lower it.</summary>
    public long MinPartBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>How long what was unlinked is kept before its space is freed.</summary>
    public TimeSpan GarbageGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What new buckets compress; null: nothing.</summary>
    public BucketCompression? NewBucketCompression { get; init; }

    /// <summary>The client's bytes in a frame of what is compressed. Tests lower it.</summary>
    public int CompressionFrameBytes { get; init; } = FrameFormat.FrameBytes;

    /// <summary>Bodies that are shorter are never compressed. Tests lower it.</summary>
    public int CompressionMinBytes { get; init; } = FrameFormat.MinContentBytes;

    /// <summary>Why nothing can be compressed or opened, or null; asked before each use. Tests say that the library is missing.</summary>
    public Func<string?> FindZstdProblem { get; init; } = Zstandard.ZstdLibrary.FindProblem;

    /// <summary>Attempts of one transaction before a conflict is reported.</summary>
    public int MaxAttempts { get; init; } = 50;

    /// <summary>Deletes of one DeleteMany that run side by side.</summary>
    public int DeleteParallelism { get; init; } = 16;
}
