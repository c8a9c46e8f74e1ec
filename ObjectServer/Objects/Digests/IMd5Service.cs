namespace ObjectStore.Server.Objects.Digests;

/// <summary>
/// Where MD5 is computed. MD5 has no parallelism of its own, so what many bodies need can be computed together in the
/// lanes of one core's vectors: an implementation may keep blocks of several bodies and answer when their round is done.
/// </summary>
internal interface IMd5Service
{
    IMd5 Begin();
}

/// <summary>One MD5. Calls are sequential. Dispose gives its state back.</summary>
internal interface IMd5 : IDisposable
{
    public const int SizeBytes = 16;

    /// <summary>The memory must stay untouched until the task completes.</summary>
    ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken ct);

    ValueTask FinishAsync(Memory<byte> digest, CancellationToken ct);
}
