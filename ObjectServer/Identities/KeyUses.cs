using System.Collections.Concurrent;

namespace ObjectStore.Server.Identities;

/// <summary>When and for what a long-lived key was last used.</summary>
internal sealed record KeyUse(DateTimeOffset At, string Service, string Region);

/// <summary>Last uses since the server started, exact to a minute. Bounded by the number of keys.</summary>
internal sealed class KeyUses(TimeProvider time)
{
    private static readonly TimeSpan Resolution = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, KeyUse> _uses = new(StringComparer.Ordinal);

    /// <param name="key">One whose signature was verified.</param>
    public void Note(string key, string service, string region)
    {
        var now = time.GetUtcNow();
        if (_uses.TryGetValue(key, out var last) && now - last.At < Resolution && last.Service == service) return;
        _uses[key] = new KeyUse(now, service, region);
    }

    public KeyUse? Find(string key) => _uses.GetValueOrDefault(key);

    public void Forget(string key) => _uses.TryRemove(key, out _);
}
