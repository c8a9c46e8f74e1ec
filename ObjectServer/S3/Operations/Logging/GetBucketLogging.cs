using System.Buffers;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.GetBucketLogging)]
internal sealed class GetBucketLogging : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await context.Access.FindBucketAsync(context.Bucket!, ct) ?? throw new S3Exception(new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", context.Bucket)));
        if (bucket.Logging is { } set) context.Response.Headers.LastModified = set.ModifiedAt.ToString("R", CultureInfo.InvariantCulture);
        await context.SendXmlAsync(StatusCodes.Status200OK, bucket.Logging, Write, ct);
    }

    private static void Write(IBufferWriter<byte> output, BucketLogging? logging)
    {
        var xml = new XmlBuilder(output);
        xml.Begin("BucketLoggingStatus"u8);
        if (logging is not null)
        {
            xml.Open("LoggingEnabled"u8);
            xml.Element("TargetBucket"u8, logging.TargetBucket);
            xml.Element("TargetPrefix"u8, logging.TargetPrefix);
            WriteGrants(ref xml, logging);
            WriteFormat(ref xml, logging.KeyFormat);
            xml.Element("LoggingType"u8, logging.Type == LogType.Journal ? "Journal" : "Standard");
            xml.Element("ObjectRollTime"u8, (long)logging.RollTime.TotalSeconds);
            xml.Element("RecordsBatchSize"u8, 0L);
            WriteFilter(ref xml, logging.Filters);
            xml.Close("LoggingEnabled"u8);
        }
        xml.Close("BucketLoggingStatus"u8);
        xml.Complete();
    }

    private static void WriteGrants(ref XmlBuilder xml, BucketLogging logging)
    {
        if (logging.ObjectAcl.IsEmpty) return;
        xml.Open("TargetGrants"u8);
        foreach (var grant in AccessControlList.Read(logging.ObjectAcl.Span, "").Grants)
        {
            xml.Open("Grant"u8);
            xml.Raw(grant.CanonicalId is null
                ? "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"u8
                : "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"u8);
            if (grant.CanonicalId is { } id) xml.Element("ID"u8, id);
            else xml.Element("URI"u8, AclRequests.UriOf(grant.Grantee));
            xml.Close("Grantee"u8);
            xml.Element("Permission"u8, AclRequests.NameOf(grant.Permission));
            xml.Close("Grant"u8);
        }
        xml.Close("TargetGrants"u8);
    }

    private static void WriteFormat(ref XmlBuilder xml, LogKeyFormat format)
    {
        xml.Open("TargetObjectKeyFormat"u8);
        if (format == LogKeyFormat.Simple) xml.Empty("SimplePrefix"u8);
        else
        {
            xml.Open("PartitionedPrefix"u8);
            xml.Element("PartitionDateSource"u8, format == LogKeyFormat.ByEventTime ? "EventTime" : "DeliveryTime");
            xml.Close("PartitionedPrefix"u8);
        }
        xml.Close("TargetObjectKeyFormat"u8);
    }

    private static void WriteFilter(ref XmlBuilder xml, IReadOnlyList<LogFilter> filters)
    {
        if (filters.Count == 0) return;
        xml.Open("Filter"u8);
        xml.Open("S3Key"u8);
        foreach (var filter in filters)
        {
            xml.Open("FilterRule"u8);
            xml.Element("Name"u8, filter.Part == KeyPart.Prefix ? "prefix" : "suffix");
            xml.Element("Value"u8, filter.Value);
            xml.Close("FilterRule"u8);
        }
        xml.Close("S3Key"u8);
        xml.Close("Filter"u8);
    }
}
