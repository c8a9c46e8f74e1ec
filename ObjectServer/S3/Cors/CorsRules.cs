using System.Collections.Concurrent;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Cors;

/// <summary>
/// The CORS rules of buckets, kept parsed: a request reads the bucket's small row only, whose config version tells whether
/// what was kept is still right.
/// </summary>
internal sealed class CorsRules(BucketService buckets) : ICorsRules
{
    /// <summary>The kind of the bucket's configuration document.</summary>
    public const string Kind = "cors";

    /// <summary>Buckets whose rules are kept; when there are more, all are forgotten. A document has at most 64 KB.</summary>
    public const int Capacity = 512;

    private const int MaxBucketNameLength = 255;

    private static readonly string[] Kinds = [Kind];

    private readonly ConcurrentDictionary<ulong, Entry> _byBucketId = new();

    public async ValueTask<Result<CorsConfiguration>> FindAsync(string bucket, CancellationToken ct)
    {
        // Nobody has looked at the name yet.
        if (bucket.Length > MaxBucketNameLength) return ObjectFault.NoSuchBucket;
        var found = await buckets.GetAsync(bucket, ct);
        if (!found.IsOk) return found.Failure;
        if (!_byBucketId.TryGetValue(found.Value.Id, out var entry) || entry.ConfigVersion != found.Value.ConfigVersion)
        {
            var settings = await buckets.GetSettingsAsync(bucket, Kinds, ct);
            if (!settings.IsOk) return settings.Failure;
            entry = new Entry(settings.Value.Bucket.ConfigVersion, settings.Value.Documents[0] is { } document ? CorsDocument.Parse(document) : null);
            if (_byBucketId.Count >= Capacity) _byBucketId.Clear();
            _byBucketId[settings.Value.Bucket.Id] = entry;
        }
        return entry.Rules is null ? ObjectFault.NoSuchConfiguration : entry.Rules;
    }

    /// <param name="Rules">Null for a bucket without any.</param>
    private sealed record Entry(ulong ConfigVersion, CorsConfiguration? Rules);
}
