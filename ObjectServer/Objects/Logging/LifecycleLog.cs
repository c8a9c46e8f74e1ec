using System.Globalization;
using System.Text;
using ObjectStore.Metadata.Kv;
using ObjectStore.Metadata.Schema;

namespace ObjectStore.Server.Objects;

/// <summary>
/// Records what lifecycle does to objects in the transaction that does it, in journals and in standard logs alike: one record for each change, whatever crashes.
/// Rules go on where the target does not take records, as deletes do. Source: S3 User Guide, "How S3 Lifecycle interacts with other bucket configurations".
/// </summary>
internal static class LifecycleLog
{
    public const string Expiration = "S3.EXPIRE.OBJECT";
    public const string DeleteMarker = "S3.CREATE.DELETEMARKER";
    public const string Abort = "S3.DELETE.UPLOAD";

    private const string Requester = "AmazonS3";

    public static string TransitionInto(string storageClass) => storageClass switch
    {
        "STANDARD_IA" => "S3.TRANSITION_SIA.OBJECT",
        "ONEZONE_IA" => "S3.TRANSITION_ZIA.OBJECT",
        "INTELLIGENT_TIERING" => "S3.TRANSITION_INT.OBJECT",
        "GLACIER_IR" => "S3.TRANSITION_GIR.OBJECT",
        "DEEP_ARCHIVE" => "S3.TRANSITION_GDA.OBJECT",
        _ => "S3.TRANSITION.OBJECT",
    };

    /// <param name="record">The version that went, was made or moved; null for an upload.</param>
    public static ValueTask AppendAsync(
        ObjectEngine engine, IKvTransaction transaction, string bucketName, BucketRecord bucket, string operation, byte[] key, VersionRecord? record, ulong nowTicks, CancellationToken ct) =>
        bucket.Logging is { } logging ? AppendAsync(engine, transaction, bucketName, bucket, BucketLogging.Of(logging)!, operation, key, record, nowTicks, ct) : default;

    private static async ValueTask AppendAsync(
        ObjectEngine engine, IKvTransaction transaction, string bucketName, BucketRecord bucket, BucketLogging logging, string operation, byte[] key, VersionRecord? record, ulong nowTicks,
        CancellationToken ct)
    {
        var name = Encoding.UTF8.GetString(key);
        var isJournal = logging.Type == LogType.Journal;
        if (isJournal && !logging.Takes(name)) return;
        if (await ObjectEngine.GetBucketAsync(transaction, logging.TargetBucket, ct) is not { } target) return;
        var stream = LogStreams.IdOf(logging, target.Id, bucket.Id);
        if (!isJournal && !engine.LogSignals.Takes(stream)) return;

        var id = engine.Ids.Next();
        var source = new LogSource(bucketName, bucket.Id, bucket.OwnerId);
        var line = isJournal
            ? Journal.LineOf(bucketName, bucket, EntryOf(operation, name, record), nowTicks)
            : LineOf(source, operation, name, record, string.Create(CultureInfo.InvariantCulture, $"{id.Session:X8}{(uint)id.Number:X8}"), nowTicks);
        transaction.PutRecord(SchemaKeys.LogRow(stream, nowTicks, id.Session, id.Number), LogStreams.RowOf(logging, target.Id, source, 1, line));
        engine.LogSignals.Add(stream, new LogSignal(logging, target.Id, source, line.Length));
    }

    private static JournalEntry EntryOf(string operation, string key, VersionRecord? record) => record switch
    {
        null => new JournalEntry(operation, key, IsRequired: false),
        _ when record.IsDeleteMarker() => new JournalEntry(operation, key, IsRequired: false) { VersionId = NameOf(record) },
        _ => JournalEntry.Of(operation, key, record) with { IsRequired = false },
    };

    /// <summary>26 fields, as those of requests; what only a request has is a dash.</summary>
    private static byte[] LineOf(LogSource source, string operation, string key, VersionRecord? record, string requestId, ulong nowTicks) => new LogText()
        .Plain(source.OwnerId).Plain(source.Bucket).Plain(LogText.TimeOf(KvRecords.FromTicks(nowTicks)))
        .Plain(null).Plain(Requester).Plain(requestId).Plain(operation).Encoded(key)
        .Quoted(null).Plain(null).Plain(null).Plain(null)
        .Number(record is null || record.IsDeleteMarker() ? null : (long)record.Length)
        .Plain(null).Plain(null).Quoted(null).Quoted(null)
        .Encoded(record is null ? null : NameOf(record))
        .Plain(null).Plain(null).Plain(null).Plain(null).Plain(null).Plain(null).Plain(null).Plain(null)
        .End();

    // The null version has no id to speak of.
    private static string? NameOf(VersionRecord record) => record.Has(VersionFlags.Null) ? null : VersionId.NameOf(record);
}
