using System.Collections.Concurrent;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// The rules of buckets, ready to judge. A bucket's row says which version of them is in force, so what is kept is never stale;
/// a transaction that reads the row and judges by the rules conflicts with a change of them.
/// </summary>
internal sealed class LifecycleRuleCache(LifecycleClock clock, IStorageClassOrder classes)
{
    /// <summary>The kind of the configuration document.</summary>
    public const string Kind = "lifecycle";

    /// <summary>Buckets whose rules are kept; when there are more, all are forgotten.</summary>
    private const int Capacity = 1024;

    private readonly ConcurrentDictionary<ulong, Entry> _byBucketId = new();

    public LifecycleClock Clock => clock;

    /// <summary>Null for a bucket without rules, which costs nothing more than the bucket's row.</summary>
    public ValueTask<LifecycleRules?> GetAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct)
    {
        if (bucket.LifecycleVersion == 0) return default;
        if (_byBucketId.TryGetValue(bucket.Id, out var entry) && entry.Version == bucket.LifecycleVersion) return new(entry.Rules);
        return LoadAsync(reader, bucket, ct);
    }

    private async ValueTask<LifecycleRules?> LoadAsync(IKvReader reader, BucketRecord bucket, CancellationToken ct)
    {
        var document = await BucketConfigurations.ReadAsync(reader, bucket.Id, Kind, ct)
            ?? throw new KvException(KvFault.Corrupt, "A bucket has rules of lifecycle, and their document is missing.");
        var configuration = LifecycleRecords.FromRecord(LifecycleRecord.Parser.ParseFrom(document.Span));
        var rules = new LifecycleRules(configuration, clock, classes);
        if (_byBucketId.Count >= Capacity) _byBucketId.Clear();
        _byBucketId[bucket.Id] = new Entry(bucket.LifecycleVersion, rules);
        return rules;
    }

    private sealed record Entry(ulong Version, LifecycleRules Rules);
}
