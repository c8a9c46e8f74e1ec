using System.Collections.Concurrent;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Rules of notification by (bucket id, config version). Bounded: it begins anew when it is full.</summary>
internal sealed class NotificationRuleCache
{
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<ulong, (ulong Version, NotificationRules Rules)> _rules = new();

    /// <param name="bucket">As <paramref name="reader"/> has it: its config version says whether what is kept is right.</param>
    public async ValueTask<NotificationRules> GetAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct)
    {
        if (_rules.TryGetValue(bucket.Id, out var known) && known.Version == bucket.ConfigVersion) return known.Rules;
        var document = await BucketConfigurations.ReadAsync(reader, bucket.Id, NotificationRules.DocumentKind, ct);
        var rules = document is { } bytes ? NotificationRules.Parse(bytes.Span) : NotificationRules.None;
        if (_rules.Count >= Capacity) _rules.Clear();
        _rules[bucket.Id] = (bucket.ConfigVersion, rules);
        return rules;
    }
}
