using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

[Handles(S3OperationName.PutBucketAnalyticsConfiguration)]
internal sealed class PutBucketAnalyticsConfiguration(ObjectEngine engine) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        var parsed = AnalyticsDocument.Parse(await context.Body.ReadDocumentAsync(AnalyticsDocument.MaxBodyBytes, ct)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var configuration = parsed.Configuration;
        if (configuration.Id != id) throw new S3Exception(Invalid.Argument("id", id, "The id of the request is not that of the document."));
        if (!parsed.HasExport) throw new S3Exception(S3ErrorCode.NotImplemented, "An analysis without DataExport is not implemented: there is no console that would show it.");
        if (await context.Access.FindBucketAsync(configuration.TargetBucket, ct) is null)
            throw new S3Exception(Invalid.Argument("Bucket", configuration.TargetBucket, "The destination bucket does not exist."));

        var put = await new BucketAnalytics(engine).PutAsync(context.Bucket!, configuration, ct);
        if (put.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else if (put.Fault == ObjectFault.TooManyBuckets) await context.SendErrorAsync(new S3Error(S3ErrorCode.InvalidArgument, $"A bucket has at most {BucketAnalytics.MaxConfigurations} analytics configurations here."), ct);
        else await context.SendFailureAsync(put.Failure, ct);
    }
}

[Handles(S3OperationName.GetBucketAnalyticsConfiguration)]
internal sealed class GetBucketAnalyticsConfiguration(ObjectEngine engine) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        var list = await new BucketAnalytics(engine).GetAsync(context.Bucket!, ct);
        if (!list.IsOk)
        {
            await context.SendFailureAsync(list.Failure, ct);
            return;
        }
        if (list.Value.Items.FirstOrDefault(item => item.Id == id) is not { } found)
        {
            await context.SendErrorAsync(S3ErrorCode.NoSuchConfiguration, ct);
            return;
        }
        await context.SendXmlAsync(StatusCodes.Status200OK, found, static (output, record) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("AnalyticsConfiguration"u8);
            AnalyticsDocument.Write(ref xml, record);
            xml.Close("AnalyticsConfiguration"u8);
            xml.Complete();
        }, ct);
    }
}

[Handles(S3OperationName.DeleteBucketAnalyticsConfiguration)]
internal sealed class DeleteBucketAnalyticsConfiguration(ObjectEngine engine) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await new BucketAnalytics(engine).DeleteAsync(context.Bucket!, InventoryCalls.IdOf(context), ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(deleted.Failure, ct);
    }
}

/// <summary>All at once, by id: there are at most a hundred, which is AWS's page.</summary>
[Handles(S3OperationName.ListBucketAnalyticsConfigurations)]
internal sealed class ListBucketAnalyticsConfigurations(ObjectEngine engine) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var list = await new BucketAnalytics(engine).GetAsync(context.Bucket!, ct);
        if (!list.IsOk)
        {
            await context.SendFailureAsync(list.Failure, ct);
            return;
        }
        var token = ObjectInfos.NullIfEmpty(context.Query["continuation-token"] ?? "");
        var items = list.Value.Items.OrderBy(item => item.Id, StringComparer.Ordinal).Where(item => token is null || string.CompareOrdinal(item.Id, token) > 0).ToList();
        await context.SendXmlAsync(StatusCodes.Status200OK, (token, items), static (output, state) =>
        {
            var xml = new XmlBuilder(output);
            xml.Begin("ListBucketAnalyticsConfigurationResult"u8);
            xml.Optional("ContinuationToken"u8, state.token);
            foreach (var record in state.items)
            {
                xml.Open("AnalyticsConfiguration"u8);
                AnalyticsDocument.Write(ref xml, record);
                xml.Close("AnalyticsConfiguration"u8);
            }
            xml.Element("IsTruncated"u8, false);
            xml.Close("ListBucketAnalyticsConfigurationResult"u8);
            xml.Complete();
        }, ct);
    }
}
