using ObjectStore.Server.Objects;

namespace ObjectStore.Server.S3.Cors;

/// <summary>Finds what pages of other origins may do with a bucket. Asked only for requests that such a page makes; from any thread.</summary>
internal interface ICorsRules
{
    /// <returns>The rules; <see cref="ObjectFault.NoSuchBucket"/> or <see cref="ObjectFault.NoSuchConfiguration"/>.</returns>
    ValueTask<Result<CorsConfiguration>> FindAsync(string bucket, CancellationToken ct);
}
