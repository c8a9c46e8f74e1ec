using System.Collections.Concurrent;

namespace ObjectStore.Server.Iam;

/// <summary>
/// The keys of OpenID Connect providers, kept for an hour, and fetched anew when a token names a key that is not among them: providers rotate keys. As anybody
/// can send such tokens, a provider is asked at most every half minute.
/// </summary>
internal sealed class ProviderKeys(IProviderDocuments documents, TimeProvider time)
{
    /// <summary>Providers whose keys are kept; all are forgotten when there are more.</summary>
    private const int Capacity = 1024;

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Null if the provider cannot be asked now.</summary>
    /// <param name="keyId">The key that is looked for; null for any.</param>
    public async ValueTask<JsonWebKeySet?> GetAsync(OidcProvider provider, string? keyId, CancellationToken ct)
    {
        if (_entries.Count >= Capacity) _entries.Clear();
        // Another account's provider of the same address has thumbprints of its own; one made anew begins anew.
        var entry = _entries.GetOrAdd($"{provider.Arn} {provider.CreatedAt.UtcTicks} {string.Join(',', provider.Thumbprints)}", _ => new Entry());
        if (entry.Keys is { } known && time.GetUtcNow() - entry.FetchedAt < Lifetime && known.Contains(keyId)) return known;
        await entry.Fetching.WaitAsync(ct);
        try
        {
            var now = time.GetUtcNow();
            var isFresh = entry.Keys is not null && now - entry.FetchedAt < Lifetime;
            if (isFresh && entry.Keys!.Contains(keyId)) return entry.Keys;
            if (entry.AskedAt is { } asked && now - asked < MinInterval) return isFresh ? entry.Keys : null;
            entry.AskedAt = now;
            if (await FetchAsync(provider, ct) is not { } fetched) return isFresh ? entry.Keys : null;
            entry.Keys = fetched;
            entry.FetchedAt = now;
            return fetched;
        }
        finally
        {
            entry.Fetching.Release();
        }
    }

    /// <summary>The discovery document (OpenID Connect Discovery 1.0, 4) names the keys' address, and must be about this very issuer.</summary>
    private async ValueTask<JsonWebKeySet?> FetchAsync(OidcProvider provider, CancellationToken ct)
    {
        var address = new Uri(provider.Url.TrimEnd('/') + "/.well-known/openid-configuration");
        if (await documents.FetchAsync(provider, address, ct) is not { } bytes) return null;
        using var discovery = StrictJson.ParseObject(bytes);
        if (discovery is null || discovery.RootElement.Text("issuer")?.TrimEnd('/') != provider.Url.TrimEnd('/')) return null;
        if (!Uri.TryCreate(discovery.RootElement.Text("jwks_uri"), UriKind.Absolute, out var keysAddress)) return null;
        return await documents.FetchAsync(provider, keysAddress, ct) is { } keys ? JsonWebKeySet.Parse(keys) : null;
    }

    private sealed class Entry
    {
        public SemaphoreSlim Fetching { get; } = new(1, 1);

        public volatile JsonWebKeySet? Keys;

        public DateTimeOffset FetchedAt { get; set; }

        public DateTimeOffset? AskedAt { get; set; }
    }
}
