using ObjectStore.Server.Objects;

namespace ObjectStore.ObjectServer.Tests.Objects;

/// <summary>Two keys in memory, and a manager that can stop answering.</summary>
internal sealed class TestKeys : IKeyManager
{
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal)
    {
        ["first"] = ObjectBench.Bytes(32, 101),
        ["second"] = ObjectBench.Bytes(32, 102),
    };

    public bool IsDown { get; set; }

    /// <summary>Runs within a write, before its data key is wrapped.</summary>
    public Func<Task>? BeforeWrap { get; set; }

    /// <summary>What was wrapped by it cannot be opened again.</summary>
    public void Forget(string keyId) => _keys.Remove(keyId);

    public string DefaultKeyId => "first";

    public ValueTask<bool> HasKeyAsync(string keyId, CancellationToken ct)
    {
        Answer();
        return new(_keys.ContainsKey(keyId));
    }

    public async ValueTask<byte[]> WrapAsync(string keyId, ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> boundTo, CancellationToken ct)
    {
        Answer();
        if (BeforeWrap is { } before) await before();
        return KeyWrap.Wrap(_keys[keyId], dataKey.Span, boundTo.Span);
    }

    public ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> boundTo, CancellationToken ct)
    {
        Answer();
        if (!_keys.TryGetValue(keyId, out var key)) throw new KeyManagerException(isTransient: false, $"There is no key '{keyId}'.");
        return new(KeyWrap.Unwrap(key, wrapped.Span, boundTo.Span) ?? throw new KeyManagerException(isTransient: false, $"The key '{keyId}' does not open this."));
    }

    private void Answer()
    {
        if (IsDown) throw new KeyManagerException(isTransient: true, "The key manager does not answer.");
    }
}
