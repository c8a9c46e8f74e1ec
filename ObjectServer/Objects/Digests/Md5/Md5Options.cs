namespace ObjectStore.Server.Objects.Digests;

/// <summary>How the MD5 service shares the processor. The defaults suit any machine; tests force the others.</summary>
internal sealed record Md5Options
{
    /// <summary>Streams side by side in one worker: 16 with AVX-512, 8 with AVX2, 1 without vectors. At most what the processor has.</summary>
    public int Lanes { get; init; } = Md5Lanes.Count;

    /// <summary>Threads of the pool that compute at the same time, at most.</summary>
    public int MaxWorkers { get; init; } = Environment.ProcessorCount;

    /// <exception cref="ArgumentException">A value is out of its bounds.</exception>
    public Md5Options Validated()
    {
        if (!(Lanes == 1 || (Lanes == Md5Avx2.Lanes && Md5Avx2.IsSupported) || (Lanes == Md5Avx512.Lanes && Md5Avx512.IsSupported)))
            throw new ArgumentException($"MD5 cannot run on {Lanes} lanes here.", nameof(Lanes));
        if (MaxWorkers < 1)
            throw new ArgumentException("MD5 wants at least one worker.", nameof(MaxWorkers));
        return this;
    }
}
