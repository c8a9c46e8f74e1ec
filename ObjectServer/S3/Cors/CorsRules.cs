using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Cors;

/// <summary>The CORS rules of buckets, from their configurations.</summary>
internal sealed class CorsRules(BucketService buckets) : ICorsRules
{
    /// <summary>The kind of the bucket's configuration document.</summary>
    public const string Kind = "cors";

    private const int MaxBucketNameLength = 255;

    public async ValueTask<Result<CorsConfiguration>> FindAsync(string bucket, CancellationToken ct)
    {
        // Nobody has looked at the name yet.
        if (bucket.Length > MaxBucketNameLength) return ObjectFault.NoSuchBucket;
        var document = await buckets.GetConfigurationAsync(bucket, Kind, ct);
        return document.IsOk ? CorsDocument.Parse(document.Value) : document.Failure;
    }
}
