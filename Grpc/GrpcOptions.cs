namespace ObjectStore.Grpc;

/// <summary>Bounds of a server. Immutable.</summary>
public sealed record GrpcOptions
{
    /// <summary>Longest message taken from a client, as sent and after decompression; a longer one ends its call with RESOURCE_EXHAUSTED. gRPC's usual bound.</summary>
    public int MaxRequestBytes { get; init; } = 4 << 20;

    /// <summary>Answers at least this long are compressed for clients that take gzip; below it the frame's headers outweigh what is saved.</summary>
    public int CompressFromBytes { get; init; } = 1024;

    /// <summary>Calls at once; further ones get RESOURCE_EXHAUSTED, so that a client in a loop cannot take all memory.</summary>
    public int MaxConcurrentCalls { get; init; } = 256;

    /// <summary>How long a stop waits for calls in flight.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
