using System.Buffers;
using Microsoft.AspNetCore.Http;
using ObjectStore.Server.Objects;
using ObjectStore.Server.S3.Authentication;
using ObjectStore.Server.S3.Routing;
using ObjectStore.Server.S3.Wire;

namespace ObjectStore.Server.S3.Operations;

/// <summary>The first version of the listing, which goes by markers.</summary>
[Handles(S3OperationName.ListObjects)]
internal sealed class ListObjects(ObjectLister objects) : S3Operation
{
    protected override async ValueTask RunAsync(S3RequestContext context, CancellationToken ct)
    {
        var request = new ListRequest
        {
            Bucket = context.Bucket!,
            Prefix = context.Query["prefix"] ?? "",
            Delimiter = Parameters.Optional(context, "delimiter"),
            StartAfter = Parameters.Optional(context, "marker"),
            MaxKeys = Parameters.PageSize(context, "max-keys"),
            WithRestores = ListingFields.WantsRestores(context),
        };
        var urlEncoded = Parameters.UrlEncoding(context);
        var page = await objects.ListAsync(request, ct);
        if (page.IsOk)
            await context.SendXmlAsync(StatusCodes.Status200OK, (request, page.Value, urlEncoded, context.Dialect.LeavesPrefixPlain, context.Principal), Write, ct);
        else
            await context.SendFailureAsync(page.Failure, ct);
    }

    private static void Write(IBufferWriter<byte> output, (ListRequest Request, ObjectPage Page, bool UrlEncoded, bool LeavesPrefixPlain, Principal Principal) state)
    {
        var (request, page, urlEncoded, leavesPrefixPlain, principal) = state;
        var xml = new XmlBuilder(output);
        xml.Begin("ListBucketResult"u8);
        xml.Element("Name"u8, request.Bucket);
        xml.Name("Prefix"u8, request.Prefix, urlEncoded && !leavesPrefixPlain);
        xml.Name("Marker"u8, request.StartAfter, urlEncoded);
        // Without a delimiter the last key is the next marker, and S3 leaves it to the client to see that.
        if (page.IsTruncated && request.Delimiter is not null)
            xml.Name("NextMarker"u8, page.NextStartAfter, urlEncoded);
        ListingFields.WriteEcho(ref xml, request.MaxKeys, request.Delimiter, urlEncoded, page.IsTruncated);
        ListingFields.WriteObjects(ref xml, page, urlEncoded, withOwner: true, principal);
        Answers.WritePrefixes(ref xml, page.CommonPrefixes, urlEncoded);
        xml.Close("ListBucketResult"u8);
        xml.Complete();
    }
}
