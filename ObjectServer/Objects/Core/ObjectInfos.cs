using Google.Protobuf;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects.Digests;

namespace ObjectStore.Server.Objects;

/// <summary>Between records and what callers see.</summary>
internal static class ObjectInfos
{
    public static ObjectInfo ToInfo(this VersionRecord record, string bucket, string key, VersioningState versioning, bool isLatest) => new()
    {
        Bucket = bucket,
        Key = key,
        VersionId = VersionId.NameOf(record),
        Versioning = versioning,
        IsDeleteMarker = record.IsDeleteMarker(),
        IsLatest = isLatest,
        LengthBytes = (long)record.Length,
        ETag = ETagOf(record.Etag.Span, (int)record.PartCount),
        LastModified = KvRecords.FromTicks(record.ModifiedTicks),
        Headers = ToHeaders(record.Headers),
        StorageClass = NullIfEmpty(record.StorageClass),
        Checksum = ToChecksum(record.Checksum),
        PartCount = (int)record.PartCount,
        OwnerId = NullIfEmpty(record.OwnerId),
        Acl = record.Acl.Memory,
        Lock = LockRules.LockOf(record),
        Encryption = Keyring.InfoOf(record.Encryption),
        AnnotationCount = (int)(record.Annotations?.Count ?? 0),
        Replication = ReplicationMarks.Shown(record.Replication),
        Restore = RestoreInfo.Of(record),
        IsArchived = record.Tier is not null && record.Restore is not { ContentId.IsEmpty: false },
    };

    public static WriteResult ToWriteResult(this VersionRecord record, VersioningState versioning) => new(
        ETagOf(record.Etag.Span, (int)record.PartCount),
        VersionId.NameOf(record),
        versioning,
        KvRecords.FromTicks(record.ModifiedTicks),
        (long)record.Length,
        ToChecksum(record.Checksum),
        Keyring.InfoOf(record.Encryption))
    {
        StorageClass = NullIfEmpty(record.StorageClass),
    };

    public static string ETagOf(ReadOnlySpan<byte> digest, int partCount)
    {
        if (partCount == 0) return Convert.ToHexStringLower(digest);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(digest)}-{partCount}");
    }

    public static ObjectChecksum? ToChecksum(ChecksumRecord? record) => record is null
        ? null
        : new ObjectChecksum((ChecksumAlgorithm)record.Algorithm, (ChecksumType)record.Type, record.Value.Memory, (int)record.PartCount);

    public static ChecksumRecord? ToRecord(ObjectChecksum? checksum) => checksum is null
        ? null
        : new ChecksumRecord
        {
            Algorithm = (uint)checksum.Algorithm,
            Type = (uint)checksum.Type,
            Value = ByteString.CopyFrom(checksum.Value.Span),
            PartCount = (uint)checksum.PartCount,
        };

    public static ObjectHeaders ToHeaders(HeadersRecord? record) => record is null
        ? ObjectHeaders.Empty
        : new ObjectHeaders
        {
            ContentType = NullIfEmpty(record.ContentType),
            ContentEncoding = NullIfEmpty(record.ContentEncoding),
            ContentDisposition = NullIfEmpty(record.ContentDisposition),
            ContentLanguage = NullIfEmpty(record.ContentLanguage),
            CacheControl = NullIfEmpty(record.CacheControl),
            Expires = NullIfEmpty(record.Expires),
            WebsiteRedirectLocation = NullIfEmpty(record.WebsiteRedirectLocation),
            UserMetadata = ToPairs(record.UserMetadata),
            Tags = ToPairs(record.Tags),
        };

    /// <summary>Null when nothing is set, so that the row stays small.</summary>
    public static HeadersRecord? ToRecord(ObjectHeaders headers)
    {
        var record = new HeadersRecord
        {
            ContentType = headers.ContentType ?? "",
            ContentEncoding = headers.ContentEncoding ?? "",
            ContentDisposition = headers.ContentDisposition ?? "",
            ContentLanguage = headers.ContentLanguage ?? "",
            CacheControl = headers.CacheControl ?? "",
            Expires = headers.Expires ?? "",
            WebsiteRedirectLocation = headers.WebsiteRedirectLocation ?? "",
        };
        foreach (var (name, value) in headers.UserMetadata) record.UserMetadata.Add(new NameValue { Name = name, Value = value });
        foreach (var (name, value) in headers.Tags) record.Tags.Add(new NameValue { Name = name, Value = value });
        return record.CalculateSize() == 0 ? null : record;
    }

    /// <summary>Without an allocation for what is mostly empty.</summary>
    public static ByteString ToField(ReadOnlyMemory<byte> bytes) => bytes.IsEmpty ? ByteString.Empty : ByteString.CopyFrom(bytes.Span);

    public static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static KeyValuePair<string, string>[] ToPairs(Google.Protobuf.Collections.RepeatedField<NameValue> pairs)
    {
        if (pairs.Count == 0) return [];
        var copy = new KeyValuePair<string, string>[pairs.Count];
        for (var i = 0; i < copy.Length; i++) copy[i] = new(pairs[i].Name, pairs[i].Value);
        return copy;
    }
}
