using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;

namespace ObjectStore.Server.Notifications;

/// <summary>The JSON of events. Source: S3 User Guide, "Event message structure".</summary>
internal static class EventDocument
{
    private const string Service = "s3.amazonaws.com";

    // Keys are percent-encoded and the rest is ASCII; without HTML's escapes it reads as S3 writes it.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(QueuedChange queued)
    {
        var change = queued.Record;
        var output = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteStartArray("Records");
        json.WriteStartObject();
        json.WriteString("eventVersion", VersionOf((ChangeKind)change.Kind));
        json.WriteString("eventSource", "aws:s3");
        json.WriteString("awsRegion", change.Region);
        json.WriteString("eventTime", Iso(KvRecords.FromTicks(change.TimeTicks)));
        json.WriteString("eventName", NotificationEvents.NameOf((ChangeKind)change.Kind));
        WriteRequest(json, change);
        json.WriteStartObject("s3");
        json.WriteString("s3SchemaVersion", "1.0");
        json.WriteString("configurationId", change.RuleId);
        WriteBucket(json, change);
        WriteObject(json, queued);
        json.WriteEndObject();
        if (change.Kind == (uint)ChangeKind.Transitioned) WriteTransition(json, change);
        if (change.Destination.Length > 0) WriteReplication(json, change);
        if (change.RestoredUntilTicks > 0) WriteRestore(json, change);
        if (change.Annotation.Length > 0) WriteAnnotation(json, change);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return output.WrittenMemory;
    }

    /// <summary>What a target gets when a bucket begins to name it.</summary>
    public static ReadOnlyMemory<byte> WriteTest(string bucket, string requestId, string hostId, DateTimeOffset now)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("Service", "Amazon S3");
        json.WriteString("Event", "s3:TestEvent");
        json.WriteString("Time", Iso(now));
        json.WriteString("Bucket", bucket);
        json.WriteString("RequestId", requestId);
        json.WriteString("HostId", hostId);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenMemory;
    }

    private static void WriteRequest(Utf8JsonWriter json, ChangeRecord change)
    {
        var isServer = change.SourceAddress.IsEmpty && change.PrincipalId.Length == 0;
        json.WriteStartObject("userIdentity");
        json.WriteString("principalId", isServer ? Service : change.PrincipalId == "anonymous" ? "ANONYMOUS" : "AWS:" + change.PrincipalId);
        json.WriteEndObject();
        json.WriteStartObject("requestParameters");
        json.WriteString("sourceIPAddress", change.SourceAddress.IsEmpty ? Service : AddressOf(change));
        json.WriteEndObject();
        json.WriteStartObject("responseElements");
        json.WriteString("x-amz-request-id", change.RequestId);
        json.WriteString("x-amz-id-2", change.HostId);
        json.WriteEndObject();
    }

    private static void WriteBucket(Utf8JsonWriter json, ChangeRecord change)
    {
        json.WriteStartObject("bucket");
        json.WriteString("name", change.Bucket);
        json.WriteStartObject("ownerIdentity");
        json.WriteString("principalId", change.BucketOwnerId);
        json.WriteEndObject();
        json.WriteString("arn", "arn:aws:s3:::" + change.Bucket);
        json.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter json, QueuedChange queued)
    {
        var change = queued.Record;
        json.WriteStartObject("object");
        // As a form has it: blanks are plus signs.
        json.WriteString("key", WebUtility.UrlEncode(change.Key.ToStringUtf8()));
        if (!IsRemoval((ChangeKind)change.Kind)) json.WriteNumber("size", change.Size);
        if (!IsRemoval((ChangeKind)change.Kind)) json.WriteString("eTag", change.Etag);
        if (change.VersionId.Length > 0) json.WriteString("versionId", change.VersionId);
        json.WriteString("sequencer", ChangeQueue.SequencerOf(queued.Position));
        json.WriteEndObject();
    }

    private static void WriteTransition(Utf8JsonWriter json, ChangeRecord change)
    {
        json.WriteStartObject("lifecycleEventData");
        json.WriteStartObject("transitionEventData");
        json.WriteString("destinationStorageClass", change.StorageClass.Length > 0 ? change.StorageClass : "STANDARD");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteReplication(Utf8JsonWriter json, ChangeRecord change)
    {
        json.WriteStartObject("replicationEventData");
        json.WriteString("replicationRuleId", change.ReplicationRuleId);
        json.WriteString("destinationBucket", change.Destination);
        json.WriteString("s3Operation", "OBJECT_PUT");
        json.WriteString("requestTime", Iso(KvRecords.FromTicks(change.TimeTicks)));
        if (change.Reason.Length > 0) json.WriteString("failureReason", change.Reason);
        json.WriteEndObject();
    }

    private static void WriteRestore(Utf8JsonWriter json, ChangeRecord change)
    {
        json.WriteStartObject("glacierEventData");
        json.WriteStartObject("restoreEventData");
        json.WriteString("lifecycleRestorationExpiryTime", Iso(KvRecords.FromTicks(change.RestoredUntilTicks)));
        json.WriteString("lifecycleRestoreStorageClass", change.StorageClass);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Not documented by S3, whose consumers are told to pass over fields that they do not know.
    private static void WriteAnnotation(Utf8JsonWriter json, ChangeRecord change)
    {
        json.WriteStartObject("annotationEventData");
        json.WriteString("annotationName", change.Annotation);
        json.WriteEndObject();
    }

    // Of something that is gone S3 tells neither size nor ETag.
    private static bool IsRemoval(ChangeKind kind) => kind is ChangeKind.Removed or ChangeKind.DeleteMarkerMade or ChangeKind.Expired or ChangeKind.ExpiredByMarker;

    private static string VersionOf(ChangeKind kind) =>
        kind is >= ChangeKind.CreatedByPut and <= ChangeKind.DeleteMarkerMade ? "2.1"
        : kind is ChangeKind.ReplicationFailed or ChangeKind.ReplicationMissedThreshold or ChangeKind.ReplicatedAfterThreshold ? "2.2"
        : "2.3";

    private static string AddressOf(ChangeRecord change)
    {
        var address = new IPAddress(change.SourceAddress.Span);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
