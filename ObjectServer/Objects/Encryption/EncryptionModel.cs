namespace ObjectStore.Server.Objects;

/// <summary>Whose key protects an object's data key. Values are stored.</summary>
internal enum EncryptionMethod : byte
{
    None = 0,

    /// <summary>SSE-C: the client's, sent with each request and never kept.</summary>
    CustomerKey = 1,

    /// <summary>SSE-S3: the store's own.</summary>
    StoreKey = 2,

    /// <summary>SSE-KMS: one of the key manager's.</summary>
    ManagedKey = 3,
}

/// <summary>A client's key of AES-256. Never stored, never shown.</summary>
internal sealed class CustomerKey
{
    public const int SizeBytes = 32;

    private readonly byte[] _bytes;

    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public CustomerKey(byte[] bytes)
    {
        if (bytes.Length != SizeBytes) throw new ArgumentException("A customer's key has 32 bytes.", nameof(bytes));
        _bytes = bytes;
    }

    internal ReadOnlySpan<byte> Bytes => _bytes;

    public override string ToString() => "customer key";
}

/// <summary>How a write wants its object sealed.</summary>
internal sealed record EncryptionRequest
{
    public required EncryptionMethod Method { get; init; }

    /// <summary>With <see cref="EncryptionMethod.CustomerKey"/>.</summary>
    public CustomerKey? CustomerKey { get; init; }

    /// <summary>With <see cref="EncryptionMethod.ManagedKey"/>; null is the manager's default.</summary>
    public string? KeyId { get; init; }

    /// <summary>With <see cref="EncryptionMethod.ManagedKey"/>: told back, and bound to the wrapped key. Empty for none.</summary>
    public string Context { get; init; } = "";

    public bool BucketKey { get; init; }
}

/// <summary>How a version is sealed, for those who may know of it.</summary>
internal sealed record EncryptionInfo(EncryptionMethod Method, string? KeyId, string? Context, bool BucketKey);

/// <summary>What a bucket does to objects whose writers ask for nothing.</summary>
internal sealed record BucketEncryption(EncryptionMethod Method, string? KeyId, bool BucketKey, bool BlocksCustomerKeys);
