using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>One change of an object, as a journal tells it.</summary>
/// <param name="Operation">As log records name it.</param>
/// <param name="IsRequired">Whether the change must not happen without its record. Deletes happen all the same, as with Ceph.</param>
internal readonly record struct JournalEntry(string Operation, string Key, bool IsRequired)
{
    public long? LengthBytes { get; init; }

    public string? VersionId { get; init; }

    public string? ETag { get; init; }

    public static JournalEntry Of(string operation, string key, VersionRecord record) => new(operation, key, IsRequired: true)
    {
        LengthBytes = (long)record.Length,
        // The null version has no id to speak of.
        VersionId = record.Has(VersionFlags.Null) ? null : NameOf(record),
        ETag = ObjectInfos.ETagOf(record.Etag.Span, (int)record.PartCount),
    };

    private static string NameOf(VersionRecord record) => Metadata.Schema.VersionId.NameOf(record);
}

/// <summary>Records changes of objects in their own transactions: a change has a record if and only if it happened. Costs nothing where no journal is kept.</summary>
internal static class Journal
{
    /// <returns>Why the change must not happen; null if it may.</returns>
    public static ValueTask<Failure?> AppendAsync(
        ObjectEngine engine, IKvTransaction transaction, string bucketName, BucketRecord bucket, in JournalEntry entry, ulong nowTicks, CancellationToken ct) =>
        bucket.Logging is { Type: (uint)LogType.Journal } record ? AppendAsync(engine, transaction, bucketName, bucket, BucketLogging.Of(record)!, entry, nowTicks, ct) : default;

    private static async ValueTask<Failure?> AppendAsync(
        ObjectEngine engine, IKvTransaction transaction, string bucketName, BucketRecord bucket, BucketLogging logging, JournalEntry entry, ulong nowTicks, CancellationToken ct)
    {
        if (!logging.Takes(entry.Key)) return null;
        if (await ObjectEngine.GetBucketAsync(transaction, logging.TargetBucket, ct) is not { } target)
            return entry.IsRequired ? new Failure(ObjectFault.JournalRefused) { Message = $"Logging bucket '{logging.TargetBucket}' does not exist" } : null;

        var line = LineOf(bucketName, bucket, entry, nowTicks);
        var row = LogStreams.RowOf(logging, target.Id, new LogSource(bucketName, bucket.Id, bucket.OwnerId), 1, line);
        var id = engine.Ids.Next();
        transaction.PutRecord(SchemaKeys.LogRow(LogStreams.IdOf(logging, target.Id, bucket.Id), nowTicks, id.Session, id.Number), row);
        return null;
    }

    public static byte[] LineOf(string bucketName, BucketRecord bucket, in JournalEntry entry, ulong nowTicks) =>
        new LogText().Plain(bucket.OwnerId).Plain(bucketName).Plain(LogText.TimeOf(KvRecords.FromTicks(nowTicks))).Plain(entry.Operation)
            .Encoded(entry.Key).Number(entry.LengthBytes).Plain(entry.VersionId).Plain(entry.ETag).End();
}
