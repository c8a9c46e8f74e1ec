namespace ObjectStore.Server.Objects;

/// <summary>
/// Holds the keys that wrap data keys, and never lets them out. Calls come from any thread and may cross a network.
/// </summary>
internal interface IKeyManager
{
    /// <summary>The key of SSE-S3, and of SSE-KMS where none is named.</summary>
    string DefaultKeyId { get; }

    /// <summary>Whether it has the key, and lets it be used.</summary>
    ValueTask<bool> HasKeyAsync(string keyId, CancellationToken ct);

    /// <param name="boundTo">Must be given again to unwrap.</param>
    /// <exception cref="KeyManagerException">The key is not there, or the manager does not answer.</exception>
    ValueTask<byte[]> WrapAsync(string keyId, ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> boundTo, CancellationToken ct);

    /// <exception cref="KeyManagerException">As for wrapping, or the wrapped key is not what this key wrapped.</exception>
    ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct);
}

/// <summary>A key cannot be used. The message names the key's id and never its bytes.</summary>
internal sealed class KeyManagerException(bool isTransient, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether trying again later may help.</summary>
    public bool IsTransient { get; } = isTransient;
}
