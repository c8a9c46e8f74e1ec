using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Diagnostics;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authorization;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls about metrics configurations share.</summary>
internal static class MetricsCalls
{
    public static async ValueTask<IReadOnlyList<MetricsFilter>> FindAsync(S3RequestContext context, CancellationToken ct)
    {
        var bucket = await context.Access.FindBucketAsync(context.Bucket!, ct) ?? throw new S3Exception(new S3Error(S3ErrorCode.NoSuchBucket, null, ("BucketName", context.Bucket)));
        return bucket.Metrics ?? [];
    }

    public static void Write(ref XmlBuilder xml, MetricsFilter filter)
    {
        xml.Element("Id"u8, filter.Id);
        if (filter.Prefix is null) return;
        xml.Open("Filter"u8);
        xml.Element("Prefix"u8, filter.Prefix);
        xml.Close("Filter"u8);
    }
}

[Handles(S3OperationName.PutBucketMetricsConfiguration)]
internal sealed class PutBucketMetricsConfiguration(BucketService buckets, RequestMetrics metrics) : S3Operation
{
    private const int MaxBodyBytes = 64 * 1024;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        var body = await context.Body.ReadDocumentAsync(MaxBodyBytes, ct);
        var filter = Parse(body) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        if (filter.Id != id) throw new S3Exception(Invalid.Argument("id", id, "The id of the request is not that of the document."));
        var put = await buckets.ChangeConfigurationAsync(context.Bucket!, MetricsFilter.Kind, document =>
        {
            var others = (MetricsFilter.Read(document) ?? []).Where(other => other.Id != id).ToList();
            return others.Count >= MetricsFilter.MaxOfBucket ? null : MetricsFilter.ToDocument([.. others, filter]);
        }, ct);
        if (put.Fault == ObjectFault.NoSuchConfiguration) throw new S3Exception(S3ErrorCode.InvalidArgument, $"A bucket has at most {MetricsFilter.MaxOfBucket} metrics configurations here.");
        if (!put.IsOk)
        {
            await context.SendFailureAsync(put.Failure, ct);
            return;
        }
        metrics.Forget(context.Bucket!, id);
        context.SendEmpty(StatusCodes.Status200OK);
    }

    private static MetricsFilter? Parse(ReadOnlyMemory<byte> body) => XmlBody.Parse(body, "MetricsConfiguration", xml =>
    {
        string? id = null, prefix = null;
        xml.Children(name =>
        {
            if (name == "Id" && id is null) id = xml.Text().Trim();
            else if (name == "Filter" && prefix is null) xml.Children(part => prefix = part == "Prefix" && prefix is null ? xml.Text() : throw NotBuilt(part));
            else throw XmlBody.Malformed();
        });
        return string.IsNullOrEmpty(id) ? throw XmlBody.Malformed() : new MetricsFilter(id, prefix);
    });

    // An object's tags are not known of every request.
    private static Exception NotBuilt(string part) => part is "Tag" or "And" or "AccessPointArn"
        ? new S3Exception(S3ErrorCode.NotImplemented, $"Metrics filters by {part} are not implemented; there are prefixes.")
        : XmlBody.Malformed();
}

[Handles(S3OperationName.GetBucketMetricsConfiguration)]
internal sealed class GetBucketMetricsConfiguration : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        if ((await MetricsCalls.FindAsync(context, ct)).FirstOrDefault(filter => filter.Id == id) is not { } found)
        {
            await context.SendErrorAsync(S3ErrorCode.NoSuchConfiguration, ct);
            return;
        }
        await context.SendXmlAsync(StatusCodes.Status200OK, found, static (output, filter) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("MetricsConfiguration"u8);
            MetricsCalls.Write(ref xml, filter);
            xml.Close("MetricsConfiguration"u8);
            xml.Complete();
        }, ct);
    }
}

/// <summary>All at once: there are few.</summary>
[Handles(S3OperationName.ListBucketMetricsConfigurations)]
internal sealed class ListBucketMetricsConfigurations : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct) =>
        await context.SendXmlAsync(StatusCodes.Status200OK, await MetricsCalls.FindAsync(context, ct), static (output, filters) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("ListMetricsConfigurationsResult"u8);
            foreach (var filter in filters)
            {
                xml.Open("MetricsConfiguration"u8);
                MetricsCalls.Write(ref xml, filter);
                xml.Close("MetricsConfiguration"u8);
            }
            xml.Element("IsTruncated"u8, false);
            xml.Close("ListMetricsConfigurationsResult"u8);
            xml.Complete();
        }, ct);
}

[Handles(S3OperationName.DeleteBucketMetricsConfiguration)]
internal sealed class DeleteBucketMetricsConfiguration(BucketService buckets, RequestMetrics metrics) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        var deleted = await buckets.ChangeConfigurationAsync(context.Bucket!, MetricsFilter.Kind, document =>
        {
            var filters = MetricsFilter.Read(document) ?? [];
            var others = filters.Where(other => other.Id != id).ToList();
            return others.Count == filters.Count ? null : MetricsFilter.ToDocument(others);
        }, ct);
        if (!deleted.IsOk)
        {
            await context.SendFailureAsync(deleted.Failure, ct);
            return;
        }
        metrics.Forget(context.Bucket!, id);
        context.SendEmpty(StatusCodes.Status204NoContent);
    }
}
