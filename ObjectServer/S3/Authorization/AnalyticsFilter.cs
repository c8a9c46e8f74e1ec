using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>Which objects of a bucket an analysis looks at.</summary>
internal sealed class AnalyticsFilter(AnalyticsRecord record)
{
    private readonly KeyValuePair<string, string>[] _tags = [.. record.Tags.Select(tag => KeyValuePair.Create(tag.Name, tag.Value))];

    public string Id { get; } = record.Id;

    public string Prefix { get; } = record.Prefix;

    public bool HasTags => _tags.Length > 0;

    public bool Takes(string key, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        foreach (var wanted in _tags)
        {
            if (!tags.Contains(wanted)) return false;
        }
        return true;
    }

    /// <summary>Null where there are none, so that a request has nothing to look at.</summary>
    public static IReadOnlyList<AnalyticsFilter>? Read(ReadOnlyMemory<byte>? document)
    {
        var list = BucketAnalytics.OfDocument(document);
        return list.Items.Count == 0 ? null : [.. list.Items.Select(item => new AnalyticsFilter(item))];
    }
}
