using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>What copies of objects and of parts share on the side of their source.</summary>
internal static class CopySources
{
    public static async ValueTask<Result<ObjectHandle>> OpenAsync(
        ObjectReader reader, string bucket, string key, string? versionId, ReadConditions conditions, CustomerKey? customerKey, CancellationToken ct)
    {
        var request = new ReadRequest { Bucket = bucket, Key = key, VersionId = versionId, Conditions = conditions, CustomerKey = customerKey };
        var opened = await reader.OpenAsync(request, ct);
        return opened.Fault switch
        {
            // A copy has no "not modified": its source's conditions hold or fail.
            ObjectFault.NotModified => ObjectFault.PreconditionFailed,
            // The marker's version and time are of the source, and the answer is about the destination.
            ObjectFault.DeleteMarkerIsCurrent => ObjectFault.NoSuchKey,
            ObjectFault.VersionIsDeleteMarker => ObjectFault.SourceIsDeleteMarker,
            _ => opened,
        };
    }

    /// <summary>Whether the opened version is still what the request names, read in the transaction that adds a reference to its content.</summary>
    public static async ValueTask<bool> StandsAsync(
        IKvTransaction transaction, string bucketName, string keyName, string? versionId, ObjectHandle source, CancellationToken ct)
    {
        var bucket = await ObjectEngine.GetBucketAsync(transaction, bucketName, ct);
        if (bucket is null || bucket.Id != source.Bucket.Id || !ObjectEngine.TryEncodeKey(keyName, out var key)) return false;
        var record = versionId is null
            ? await VersionRows.GetCurrentAsync(transaction, bucket.Id, key, ct)
            : (await VersionRows.FindAsync(transaction, bucket.Id, key, versionId, ct)) is { IsOk: true } found ? found.Value : null;
        // All of it: also its tags may have changed since.
        return record is not null && record.Equals(source.Record);
    }

    public static string? VersionIdOf(ObjectHandle source) => source.Info.Versioning == VersioningState.Unversioned ? null : source.Info.VersionId;

    /// <summary>Reads a slice for its digests only.</summary>
    public static async ValueTask<ComputedDigests> DigestAsync(
        ObjectEngine engine, ObjectHandle source, long offset, long length, ChecksumAlgorithm algorithm, CancellationToken ct)
    {
        const int pieceBytes = 64 * 1024;
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(pieceBytes);
        try
        {
            await using var body = new HandleSource(source, offset, length, default, ct);
            using var digests = engine.Digests.Begin(ChecksumSet.Of(algorithm));
            int read;
            while ((read = await body.ReadAsync(buffer, ct)) > 0)
            {
                await digests.AppendAsync(buffer.AsMemory(0, read), ct);
                await digests.SettleAsync();
            }
            return await digests.FinishAsync();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
