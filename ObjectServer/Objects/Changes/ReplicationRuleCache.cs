using System.Collections.Concurrent;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>Rules of replication by (bucket id, config version). Bounded: it begins anew when it is full.</summary>
internal sealed class ReplicationRuleCache
{
    private const int Capacity = 1_000;

    private readonly ConcurrentDictionary<ulong, (ulong Version, ReplicationRules Rules)> _rules = new();

    /// <param name="bucket">As <paramref name="reader"/> has it: its config version says whether what is kept is right.</param>
    public async ValueTask<ReplicationRules> GetAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct)
    {
        if ((bucket.Listeners & Listeners.Replication) == 0) return ReplicationRules.None;
        if (_rules.TryGetValue(bucket.Id, out var known) && known.Version == bucket.ConfigVersion) return known.Rules;
        var document = await BucketConfigurations.ReadAsync(reader, bucket.Id, ReplicationRules.DocumentKind, ct)
            ?? throw new KvException(KvFault.Corrupt, "A bucket has rules of replication, and their document is missing.");
        var rules = ReplicationRules.Parse(document.Span);
        if (_rules.Count >= Capacity) _rules.Clear();
        _rules[bucket.Id] = (bucket.ConfigVersion, rules);
        return rules;
    }
}
