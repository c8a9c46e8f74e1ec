using Microsoft.AspNetCore.Http;
using ObjectStore.Metadata.Schema;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Errors;
using ObjectStore.Server.S3.Inventory;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;
using ObjectStore.Server.S3.Wire.Documents;

namespace ObjectStore.Server.S3.Operations;

/// <summary>What the calls about inventories share.</summary>
internal static class InventoryCalls
{
    /// <summary>Source: S3 User Guide: letters, digits, '-', '_' and '.', at most 64.</summary>
    public static string IdOf(S3RequestContext context)
    {
        var id = context.Query["id"] ?? "";
        var isValid = id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        return isValid ? id : throw new S3Exception(Invalid.Argument("id", id, "The id has 1 to 64 letters, digits, '-', '_' and '.'."));
    }
}

[Handles(S3OperationName.PutBucketInventoryConfiguration)]
internal sealed class PutBucketInventoryConfiguration(ObjectEngine engine) : S3Operation
{
    private readonly BucketInventories _inventories = new(engine);

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        var parsed = InventoryDocument.Parse(await context.Body.ReadDocumentAsync(InventoryDocument.MaxBodyBytes, ct)) ?? throw new S3Exception(S3ErrorCode.MalformedXML);
        var configuration = parsed.Configuration;
        if (configuration.Id != id) throw new S3Exception(Invalid.Argument("id", id, "The id of the request is not that of the document."));
        if (parsed.Format != "CSV") throw new S3Exception(S3ErrorCode.NotImplemented, $"Inventories in {parsed.Format} are not implemented; there is CSV.");
        var unknown = configuration.Fields.FirstOrDefault(field => !InventoryRows.Fields.Contains(field));
        if (unknown is not null) throw new S3Exception(S3ErrorCode.NotImplemented, $"The optional field {unknown} is not implemented.");
        if (configuration.Fields.Distinct().Count() != configuration.Fields.Count) throw new S3Exception(S3ErrorCode.MalformedXML);
        if (await context.Access.FindBucketAsync(configuration.TargetBucket, ct) is null)
            throw new S3Exception(Invalid.Argument("Bucket", configuration.TargetBucket, "The destination bucket does not exist."));
        var refused = await engine.Keys.CheckAsync((EncryptionMethod)configuration.Encryption, ObjectInfos.NullIfEmpty(configuration.KeyId), ct);

        var put = refused is null ? await _inventories.PutAsync(context.Bucket!, configuration, ct) : refused;
        if (put.IsOk) context.SendEmpty(StatusCodes.Status200OK);
        else if (put.Fault == ObjectFault.TooManyBuckets) await context.SendErrorAsync(new S3Error(S3ErrorCode.InvalidArgument, $"A bucket has at most {BucketInventories.MaxConfigurations} inventories."), ct);
        else await context.SendFailureAsync(put.Failure, ct);
    }
}

[Handles(S3OperationName.GetBucketInventoryConfiguration)]
internal sealed class GetBucketInventoryConfiguration(ObjectEngine engine) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var id = InventoryCalls.IdOf(context);
        var list = await new BucketInventories(engine).GetAsync(context.Bucket!, ct);
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
            xml.Begin("InventoryConfiguration"u8);
            InventoryDocument.Write(ref xml, record);
            xml.Close("InventoryConfiguration"u8);
            xml.Complete();
        }, ct);
    }
}

[Handles(S3OperationName.DeleteBucketInventoryConfiguration)]
internal sealed class DeleteBucketInventoryConfiguration(ObjectEngine engine) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var deleted = await new BucketInventories(engine).DeleteAsync(context.Bucket!, InventoryCalls.IdOf(context), ct);
        if (deleted.IsOk) context.SendEmpty(StatusCodes.Status204NoContent);
        else await context.SendFailureAsync(deleted.Failure, ct);
    }
}

/// <summary>A hundred at a time, by id; the token is the last id that was told.</summary>
[Handles(S3OperationName.ListBucketInventoryConfigurations)]
internal sealed class ListBucketInventoryConfigurations(ObjectEngine engine) : S3Operation
{
    private const int PageSize = 100;

    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var list = await new BucketInventories(engine).GetAsync(context.Bucket!, ct);
        if (!list.IsOk)
        {
            await context.SendFailureAsync(list.Failure, ct);
            return;
        }
        var token = ObjectInfos.NullIfEmpty(context.Query["continuation-token"] ?? "");
        var rest = list.Value.Items.OrderBy(item => item.Id, StringComparer.Ordinal).Where(item => token is null || string.CompareOrdinal(item.Id, token) > 0).ToList();
        await context.SendXmlAsync(StatusCodes.Status200OK, (token, rest), static (output, state) =>
        {
            var page = state.rest.Take(PageSize).ToList();
            var isTruncated = state.rest.Count > page.Count;
            var xml = new XmlBuilder(output);
            xml.Begin("ListInventoryConfigurationsResult"u8);
            xml.Optional("ContinuationToken"u8, state.token);
            foreach (var record in page)
            {
                xml.Open("InventoryConfiguration"u8);
                InventoryDocument.Write(ref xml, record);
                xml.Close("InventoryConfiguration"u8);
            }
            xml.Element("IsTruncated"u8, isTruncated);
            if (isTruncated) xml.Element("NextContinuationToken"u8, page[^1].Id);
            xml.Close("ListInventoryConfigurationsResult"u8);
            xml.Complete();
        }, ct);
    }
}
