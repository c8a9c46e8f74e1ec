using System.Text.Json;

namespace ObjectStore.Server.S3.Authorization;

/// <summary>A metrics configuration of a bucket: which requests it counts.</summary>
/// <param name="Prefix">Null: all requests to the bucket.</param>
internal sealed record MetricsFilter(string Id, string? Prefix)
{
    /// <summary>The document of a bucket that holds them: JSON, by id.</summary>
    public const string Kind = "metrics";

    /// <summary>Of a bucket: each request is compared with all of them (AWS: 1,000).</summary>
    public const int MaxOfBucket = 32;

    public bool Takes(string? key) => Prefix is null || (key is not null && key.StartsWith(Prefix, StringComparison.Ordinal));

    /// <summary>Null where there are none, so that a request has nothing to look at.</summary>
    /// <exception cref="InvalidDataException">The document is of no known form.</exception>
    public static IReadOnlyList<MetricsFilter>? Read(ReadOnlyMemory<byte>? document)
    {
        if (document is not { } bytes) return null;
        try
        {
            var filters = JsonSerializer.Deserialize<MetricsFilter[]>(bytes.Span) ?? [];
            return filters.Length == 0 ? null : filters;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("The stored metrics configurations are none.", e);
        }
    }

    public static byte[] ToDocument(IEnumerable<MetricsFilter> filters) => JsonSerializer.SerializeToUtf8Bytes(filters.OrderBy(filter => filter.Id, StringComparer.Ordinal).ToArray());
}
