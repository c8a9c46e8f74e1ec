using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Refusals that are certain before a body is taken. Each is true of one moment; what passes here is decided by the counters when the transaction commits.
/// Buckets without a quota cost nothing.
/// </summary>
internal static class QuotaRules
{
    public static readonly Failure Exceeded = new(ObjectFault.QuotaExceeded);

    public static bool IsSet(BucketRecord bucket) => bucket.QuotaBytes > 0 || bucket.QuotaObjects > 0;

    /// <summary>Null, or why an object of that length cannot be written now.</summary>
    /// <param name="lengthBytes">Of the new version; 0 where it is not known.</param>
    public static async ValueTask<Failure?> CheckObjectAsync(IKvReader reader, BucketRecord bucket, byte[] key, long lengthBytes, CancellationToken ct)
    {
        if (!IsSet(bucket)) return null;
        var (bytes, versions) = await BucketCounters.ReadBoundedAsync(reader, bucket.Id, ct);
        var isFull = bucket.QuotaObjects > 0 && versions >= (long)bucket.QuotaObjects;
        if (!isFull && Fits(bucket, bytes, lengthBytes)) return null;
        // What is replaced makes room for what replaces it.
        var replaced = await FindReplacedAsync(reader, bucket, key, ct);
        return (isFull && replaced is null) || !Fits(bucket, bytes, lengthBytes - (replaced is null ? 0 : BucketCounters.BytesOf(replaced))) ? Exceeded : null;
    }

    /// <summary>Null, or why the bucket cannot take that many bytes more beside what it has.</summary>
    public static async ValueTask<Failure?> CheckGrowthAsync(IKvReader reader, BucketRecord bucket, long lengthBytes, CancellationToken ct)
    {
        if (bucket.QuotaBytes == 0) return null;
        var (bytes, _) = await BucketCounters.ReadBoundedAsync(reader, bucket.Id, ct);
        return Fits(bucket, bytes, lengthBytes) ? null : Exceeded;
    }

    /// <summary>Null, or why a part of that length cannot be written now.</summary>
    public static async ValueTask<Failure?> CheckPartAsync(IKvReader reader, UploadRows.Upload upload, int partNumber, long lengthBytes, CancellationToken ct)
    {
        var bucket = upload.Bucket;
        if (bucket.QuotaBytes == 0) return null;
        var (bytes, _) = await BucketCounters.ReadBoundedAsync(reader, bucket.Id, ct);
        if (Fits(bucket, bytes, lengthBytes)) return null;
        var replaced = await reader.GetRecordAsync(SchemaKeys.Part(upload.Id.Content, partNumber), PartRecord.Parser, ct);
        return Fits(bucket, bytes, lengthBytes - (long)(replaced?.Length ?? 0)) ? null : Exceeded;
    }

    private static bool Fits(BucketRecord bucket, long bytes, long deltaBytes) =>
        bucket.QuotaBytes == 0 || deltaBytes <= 0 || bytes <= (long)bucket.QuotaBytes - deltaBytes;

    private static async ValueTask<VersionRecord?> FindReplacedAsync(IKvReader reader, BucketRecord bucket, byte[] key, CancellationToken ct)
    {
        if (bucket.Versioning == (uint)VersioningState.Enabled) return null;
        var current = await VersionRows.GetCurrentAsync(reader, bucket.Id, key, ct);
        if (current is not null && current.Has(VersionFlags.Null)) return current;
        var other = bucket.Versioning == (uint)VersioningState.Unversioned ? null : await VersionRows.GetNullOtherAsync(reader, bucket.Id, key, ct);
        return other is null || other.IsDeleteMarker() ? null : other;
    }
}
